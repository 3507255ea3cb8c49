#include "framework_world.hpp"

#include <atomic>
#include <chrono>
#include <functional>
#include <thread>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;
using Names = std::vector<std::string>;

void wait_until(const std::function<bool()>& condition) {
    const auto deadline = Clock::now() + 20s;
    while (!condition()) {
        ASSERT_LT(Clock::now(), deadline) << "it did not come true";
        std::this_thread::sleep_for(5ms);
    }
}

/// Reads the table again and again, from connections of its own, and knows the longest that it had to wait.
class Readers {
  public:
    explicit Readers(FrameworkWorld& world) {
        for (int i = 0; i < 2; ++i)
            m_threads.emplace_back([this, &world] {
                Session session(world.url, "web", interruption());
                while (!m_stop) read(session);
            });
    }
    ~Readers() { stop(); }
    std::chrono::milliseconds stop() {
        m_stop = true;
        for (auto& thread : m_threads)
            if (thread.joinable()) thread.join();
        return std::chrono::milliseconds(m_longest.load());
    }

  private:
    void read(Session& session) {
        const auto begin = Clock::now();
        session.query("select count(*) from person");
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count();
        long long seen = m_longest.load();
        while (took > seen && !m_longest.compare_exchange_weak(seen, took)) continue;
        std::this_thread::sleep_for(2ms);
    }

    std::atomic<bool> m_stop{false};
    std::atomic<long long> m_longest{0};
    std::vector<std::thread> m_threads;
};

class GuardedRun : public testing::Test {
  protected:
    void SetUp() override {
        m_world.sql("create table person (id int); insert into person select generate_series(1, 100)");
    }

    /// Holds a lock that lets readers in and a change of the schema not, until release().
    class Holder {
      public:
        explicit Holder(FrameworkWorld& world, const std::string& lock = "lock table person in access share mode")
            : m_session(world.url, "reports", interruption()) {
            m_session.execute("begin; " + lock);
        }
        void release() { m_session.execute("rollback"); }

      private:
        Session m_session;
    };

    std::string backends_waiting() {
        return m_world.sql(
            "select count(*) from pg_stat_activity where datname = current_database() and application_name "
            "like 'lastgood/%' and wait_event_type = 'Lock'");
    }

    FrameworkWorld m_world;
};

TEST_F(GuardedRun, TriesAgainUntilTheLockIsFreeAndNobodyWaitsLongMeanwhile) {
    m_world.settings.lock_timeout = 150ms;
    m_world.settings.retry_for = 30s;
    m_world.write("1_a.sql", "alter table person add column name text;");
    Holder holder(m_world);
    Readers readers(m_world);
    GuardedResult result;
    std::thread migrator([&] { result = m_world.migrate("sql"); });
    wait_until([&] { return backends_waiting() == "1"; });
    wait_until([&] { return backends_waiting() == "0"; });
    wait_until([&] { return backends_waiting() == "1"; });
    holder.release();
    migrator.join();
    EXPECT_EQ(result.result.done, Names{"1_a"});
    EXPECT_GT(result.tries, 1);
    EXPECT_LT(readers.stop(), 2s);  // without a lock_timeout they wait for as long as the holder
    EXPECT_GT(result.longest_queue, 0ms);
}

TEST_F(GuardedRun, SaysHowOftenItTriedAndWhoWasInTheWay) {
    m_world.settings.lock_timeout = 300ms;  // some looks of the watch's long
    m_world.settings.retry_for = 1500ms;
    m_world.write("1_a.sql", "alter table person add column name text;");
    Holder holder(m_world);
    const auto failure = failure_of([&] { m_world.migrate("sql"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("lock timeout on table \"person\", begun "), std::string::npos)
        << failure.what_happened();
    EXPECT_NE(failure.detail().find("application \"reports\""), std::string::npos) << failure.detail();
    EXPECT_EQ(failure.changed(), "nothing");
}

TEST_F(GuardedRun, GoesOnAfterWhatIsAppliedWhenItTriesAgain) {
    m_world.settings.lock_timeout = 100ms;
    m_world.settings.retry_for = 30s;
    m_world.write("1_a.sql", "create table other ();");
    m_world.write("2_b.sql", "alter table person add column name text;");
    m_world.write("3_c.sql", "create table third ();");
    Holder holder(m_world);
    GuardedResult result;
    std::thread migrator([&] { result = m_world.migrate("sql"); });
    wait_until([&] { return backends_waiting() == "1"; });
    wait_until([&] { return backends_waiting() == "0"; });
    holder.release();
    migrator.join();
    EXPECT_EQ(result.result.done, (Names{"1_a", "2_b", "3_c"}));
    EXPECT_EQ(result.result.own_transactions.size(), 2U);  // the first is read from the ledger
}

TEST_F(GuardedRun, EndsAMigrationBehindWhichOthersHaveQueuedTooLong) {
    m_world.settings.lock_timeout = 0ms;
    m_world.settings.max_queue = 300ms;
    m_world.write("1_a.sql", "alter table person add column name text; select pg_sleep(60);");
    std::thread reader;
    const auto failure = failure_of([&] {
        reader = std::thread([&] {
            Session session(m_world.url, "web", interruption());
            wait_until([&] {
                return m_world.sql(
                           "select count(*) from pg_locks where relation = 'person'::regclass and mode = "
                           "'AccessExclusiveLock'") == "1";
            });
            session.query("select count(*) from person where 'a secret' = 'a secret'");
        });
        m_world.migrate("sql");
    });
    reader.join();
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("ended because 1 session queued behind it for longer than max_queue 300 ms"),
              std::string::npos)
        << failure.what_happened();
    EXPECT_NE(failure.detail().find("application \"web\") waited"), std::string::npos) << failure.detail();
    EXPECT_NE(failure.detail().find("for table \"person\": select count(*) from person where ? = ?"), std::string::npos)
        << failure.detail();
    EXPECT_EQ(failure.detail().find("secret"), std::string::npos);
    EXPECT_NE(failure.next().find("max_queue"), std::string::npos);
    EXPECT_EQ(m_world.sql("select count(*) from pg_attribute where attrelid = 'person'::regclass and attname = 'name'"),
              "0");
}

constexpr const char* k_heeds_no_cancel =
    "alter table person add column name text;\n"
    "do $$ begin for i in 1 .. 60 loop begin perform pg_sleep(1); exception when query_canceled then null; end; end "
    "loop; end $$;";

TEST_F(GuardedRun, TerminatesAMigrationThatCatchesItsCancellingWhileOthersQueue) {
    m_world.settings.lock_timeout = 0ms;
    m_world.settings.max_queue = 300ms;
    m_world.write("1_a.sql", k_heeds_no_cancel);
    std::thread reader([&] {
        Session session(m_world.url, "web", interruption());
        wait_until([&] {
            return m_world.sql(
                       "select count(*) from pg_locks where relation = 'person'::regclass and mode = "
                       "'AccessExclusiveLock'") == "1";
        });
        session.query("select count(*) from person");
    });
    const auto begin = Clock::now();
    const auto failure = failure_of([&] { m_world.migrate("sql"); });
    reader.join();
    EXPECT_LT(Clock::now() - begin, 20s);
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("for longer than max_queue 300 ms; cancelling it came to nothing, so its "
                                           "connection had to be terminated"),
              std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(m_world.sql("select count(*) from pg_attribute where attrelid = 'person'::regclass and attname = 'name'"),
              "0");
}

TEST_F(GuardedRun, TerminatesAMigrationThatCatchesItsCancellingWhenItsTimeIsOver) {
    m_world.settings.timeout = 500ms;
    m_world.write("1_a.sql", k_heeds_no_cancel);
    const auto begin = Clock::now();
    const auto failure = failure_of([&] { m_world.migrate("sql"); });
    EXPECT_LT(Clock::now() - begin, 20s);
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("timed out after 500 ms; cancelling it came to nothing"), std::string::npos)
        << failure.what_happened();
}

TEST_F(GuardedRun, LetsABackfillWaitForARow) {
    m_world.settings.lock_timeout = 50ms;
    m_world.write("1_a.sql", "update person set id = id;");
    Holder holder(m_world, "update person set id = 0 where id = 7");
    GuardedResult result;
    std::thread migrator([&] { result = m_world.migrate("sql"); });
    wait_until([&] { return backends_waiting() == "1"; });
    std::this_thread::sleep_for(200ms);  // longer than the lock_timeout of a change of the schema
    EXPECT_EQ(backends_waiting(), "1");
    holder.release();
    migrator.join();
    EXPECT_EQ(result.tries, 1);
    EXPECT_EQ(result.result.done, Names{"1_a"});
}

TEST_F(GuardedRun, LetsAConcurrentIndexWaitForOldTransactions) {
    m_world.settings.lock_timeout = 50ms;
    m_world.write("1_a.sql", "-- lastgood: no-transaction\ncreate index concurrently by_id on person (id);");
    Holder holder(m_world, "update person set id = 0 where id = 7");
    std::thread migrator([&] { m_world.migrate("sql"); });
    wait_until([&] { return backends_waiting() == "1"; });
    std::this_thread::sleep_for(200ms);
    EXPECT_EQ(backends_waiting(), "1");
    holder.release();
    migrator.join();
    EXPECT_EQ(m_world.sql("select indisvalid from pg_index where indexrelid = 'by_id'::regclass"), "t");
}

TEST_F(GuardedRun, SeesWhichLocksWereHeldAndHowLong) {
    m_world.write("1_a.sql", "alter table person add column name text; select pg_sleep(0.4);");
    const auto result = m_world.migrate("sql");
    const auto lock = std::find_if(result.locks.begin(), result.locks.end(), [](const auto& each) {
        return each.table == "public.person" && each.mode == "AccessExclusiveLock";
    });
    ASSERT_NE(lock, result.locks.end());
    EXPECT_GT(lock->held, 250ms);
    EXPECT_LT(lock->held, 3s);
    EXPECT_GE(result.result.took.at("1_a"), 400ms);
}

TEST_F(GuardedRun, GoesOnWhereAConcurrentIndexFailedOnceItsRestIsRemoved) {
    m_world.sql("insert into person values (1)");
    m_world.write("1_a.sql",
                  "-- lastgood: no-transaction\ncreate table note (person int);\n"
                  "create unique index concurrently by_id on person (id);\ninsert into note values (1);");
    EXPECT_EQ(failure_of([&] { m_world.migrate("sql"); }).code(), ExitCode::failed_changed);
    m_world.sql("delete from person where ctid in (select max(ctid) from person where id = 1); drop index by_id");
    EXPECT_EQ(failure_of([&] { m_world.migrate("sql"); }).what_happened(),
              "\"1_a\" stopped half way at statement 2 of 3");
    m_world.settings.remove_invalid_indexes = true;
    EXPECT_EQ(m_world.migrate("sql").result.done, Names{"1_a"});
    EXPECT_EQ(m_world.sql("select state, reached from lastgood_migrations"), "done|3");
    EXPECT_EQ(m_world.sql("select count(*) from note"), "1");
}

TEST_F(GuardedRun, DoesNotGoOnWhereAStatementMayHaveCommittedAPartOfItsWork) {
    m_world.settings.remove_invalid_indexes = true;
    m_world.write(
        "1_a.sql",
        "-- lastgood: no-transaction\ndo $$ begin insert into person values (0); commit; perform 1 / 0; end $$;");
    EXPECT_EQ(failure_of([&] { m_world.migrate("sql"); }).code(), ExitCode::failed_changed);
    const auto failure = failure_of([&] { m_world.migrate("sql"); });
    EXPECT_NE(failure.what_happened().find("which may have committed a part of its work"), std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(m_world.sql("select count(*) from person where id = 0"), "1");
}

TEST_F(GuardedRun, GoesDownWhereEveryMigrationSaysHow) {
    m_world.write("1_a.sql", "create table a ();");
    m_world.write("2_b.sql", "alter table person add column name text;");
    m_world.write("2_b.down.sql", "alter table person drop column name;");
    m_world.write("3_c.sql", "-- lastgood: no-transaction\ncreate index concurrently by_id on person (id);");
    m_world.write("3_c.down.sql", "-- lastgood: no-transaction\ndrop index concurrently by_id;");
    m_world.migrate("sql");
    const auto described = m_world.framework("sql")->describe({"1_a", "2_b", "3_c"});
    EXPECT_FALSE(described.at(0).way_down);
    EXPECT_TRUE(described.at(1).way_down);
    m_world.go_down("sql", {"1_a"});
    EXPECT_EQ(m_world.framework("sql")->migrations().applied, Names{"1_a"});
    EXPECT_EQ(m_world.sql("select count(*) from pg_attribute where attrelid = 'person'::regclass and attname = 'name'"),
              "0");
    const auto failure = failure_of([&] { m_world.go_down("sql", {}); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("1_a.down.sql"), std::string::npos) << failure.what_happened();
    EXPECT_EQ(m_world.sql("select to_regclass('a') is not null"), "t");
}

TEST_F(GuardedRun, StopsGoingDownWhereOneFails) {
    m_world.write("1_a.sql", "create table a ();");
    m_world.write("1_a.down.sql", "drop table a; select 1 / 0;");
    m_world.write("2_b.sql", "create table b ();");
    m_world.write("2_b.down.sql", "drop table b;");
    m_world.migrate("sql");
    const auto failure = failure_of([&] { m_world.go_down("sql", {}); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_NE(failure.what_happened().find("the way down failed at \"1_a\": 1_a.down.sql: division by zero"),
              std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(m_world.framework("sql")->migrations().applied, Names{"1_a"});
    EXPECT_EQ(m_world.sql("select to_regclass('a') is not null"), "t");
}

TEST_F(GuardedRun, RefusesAWayDownWithoutItsMigration) {
    m_world.write("1_a.down.sql", "select 1");
    const auto failure = failure_of([&] { m_world.framework("sql")->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("1_a.down.sql"), std::string::npos);
}

}  // namespace
}  // namespace lastgood::test
