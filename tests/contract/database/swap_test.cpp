#include "database/swap.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "owned_databases.hpp"

#include <atomic>
#include <csignal>
#include <iostream>
#include <sys/wait.h>
#include <unistd.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* k_live_schema =
    "CREATE TABLE t (id int); INSERT INTO t VALUES (1);"
    "CREATE SEQUENCE used; SELECT setval('used', 500);"
    "CREATE SEQUENCE down INCREMENT -2 MINVALUE -100000 MAXVALUE 0 START 0; SELECT setval('down', -40);"
    "CREATE SEQUENCE small AS smallint; SELECT setval('small', 32700);"
    "CREATE SEQUENCE round MAXVALUE 1000 CYCLE; SELECT setval('round', 900);"
    "CREATE SEQUENCE unused; CREATE SEQUENCE \"Only here\";";
constexpr const char* k_standby_schema =
    "CREATE TABLE t (id int);"
    "CREATE SEQUENCE used; SELECT setval('used', 70);"
    "CREATE SEQUENCE down INCREMENT -2 MINVALUE -100000 MAXVALUE 0 START 0; SELECT setval('down', -10);"
    "CREATE SEQUENCE small AS smallint; SELECT setval('small', 20);"
    "CREATE SEQUENCE round MAXVALUE 1000 CYCLE; SELECT setval('round', 10);"
    "CREATE SEQUENCE unused;";

class Swap : public OwnedDatabases {
  protected:
    SwapOrder order(const std::string& live) {
        SwapOrder made;
        made.live = create_owned(live, k_live_schema);
        made.standby = create_owned(live + "__lg_sb", k_standby_schema);
        made.aside = live + "__lg_failed";
        seal_by_owner(made.standby);
        made.live_oid = oid(made.live);
        made.standby_oid = oid(made.standby);
        made.aside_mark.kind = "failed";
        made.aside_mark.scope = "shop/production";
        made.connection_limit = 17;
        made.comment = "the shop's";
        return made;
    }
    void seal_by_owner(const std::string& name) {
        Session owner = open("postgres", k_owner);
        owner.execute("ALTER DATABASE " + owner.quote_name(name) + " ALLOW_CONNECTIONS false");
    }
    SwapResult swap(const SwapOrder& what, const std::string& role = k_owner) {
        return swap_databases(url("postgres", role), "lastgood/1/2/swap", what, m_interruption);
    }
    Failure refused(const SwapOrder& what) {
        try {
            swap(what);
        } catch (const Failure& failure) {
            return failure;
        }
        throw std::logic_error("the swap was done");
    }
    void expect_nothing_changed(const SwapOrder& what) {
        EXPECT_EQ(oid(what.live), what.live_oid);
        EXPECT_EQ(oid(what.standby), what.standby_oid);
        Session admin = open();
        EXPECT_EQ(admin.value("SELECT datallowconn FROM pg_database WHERE datname = $1", {what.live}), "t");
        EXPECT_EQ(admin.value("SELECT datallowconn FROM pg_database WHERE datname = $1", {what.standby}), "f");
        EXPECT_TRUE(comes_true([&] { return watchdogs(admin) == 0; }));
    }
    static int watchdogs(Session& admin) {
        return std::stoi(
            *admin.value("SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lastgood/1/2/%watchdog'"));
    }
};

TEST_F(Swap, GivesTheStandbyTheNameInOneStepAsAPlainOwner) {
    const SwapOrder what = order("Live \"Ä\" 'x' \\ 1");
    const SwapResult result = swap(what);
    EXPECT_TRUE(result.done);
    EXPECT_EQ(oid(what.live), what.standby_oid);
    EXPECT_EQ(oid(what.aside), what.live_oid);
    Session admin = open();
    const Rows rows = admin.query(
        "SELECT datallowconn, datconnlimit, shobj_description(oid, 'pg_database') FROM pg_database"
        " WHERE oid IN ($1::oid, $2::oid) ORDER BY oid = $1::oid",
        {std::to_string(what.live_oid), std::to_string(what.standby_oid)});
    EXPECT_EQ(rows[0], (Rows::Row{"t", "17", "the shop's"}));
    EXPECT_EQ(rows[1][0], "t");
    EXPECT_EQ(rows[1][1], "0");
    const auto marked = marked_databases(admin, "shop/production");
    const auto mine =
        std::find_if(marked.begin(), marked.end(), [&](const auto& one) { return one.name == what.aside; });
    ASSERT_NE(mine, marked.end());
    EXPECT_EQ(mine->mark.kind, "failed");
    EXPECT_TRUE(comes_true([&] { return watchdogs(admin) == 0; }));
}

TEST_F(Swap, WorksForASuperuserToo) {
    const SwapOrder what = order("swap_superuser");
    EXPECT_TRUE(swap(what, "postgres").done);
    EXPECT_EQ(oid(what.live), what.standby_oid);
}

TEST_F(Swap, MovesSequencesBeyondBothWhereTheyHaveRoom) {
    const SwapOrder what = order("swap_sequences");
    EXPECT_EQ(swap(what).sequences_moved, 4);
    Session live = open(what.live);
    EXPECT_EQ(live.value("SELECT nextval('used')"), "1501");
    EXPECT_EQ(live.value("SELECT nextval('down')"), "-2042");
    EXPECT_EQ(live.value("SELECT nextval('small')"), "32701");
    EXPECT_EQ(live.value("SELECT nextval('round')"), "901");
    EXPECT_EQ(live.value("SELECT nextval('unused')"), "1");
}

TEST_F(Swap, EndsClientsThatComeBackWithinMilliseconds) {
    const SwapOrder what = order("swap_client");
    m_cluster.sql(what.live, "GRANT SELECT ON t TO PUBLIC");
    std::atomic<int> answers{0};
    std::chrono::microseconds gap{0};
    std::jthread client([&](const std::stop_token& over) {
        Interruption& interruption = m_interruption;
        auto last = Clock::now();
        while (!over.stop_requested()) {
            try {
                Session session(url(what.live, k_app), "client", interruption);
                while (!over.stop_requested()) {
                    session.value("SELECT 1");
                    gap = std::max(gap, std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - last));
                    last = Clock::now();
                    ++answers;
                }
            } catch (const std::exception&) {
                std::this_thread::sleep_for(1ms);
            }
        }
    });
    EXPECT_TRUE(comes_true([&] { return answers > 100; }));
    const SwapResult result = swap(what);
    const int after = answers;
    EXPECT_TRUE(comes_true([&] { return answers > after + 100; }));
    client.request_stop();
    client.join();
    EXPECT_TRUE(result.done);
    EXPECT_GE(result.ended_backends, 1);
    EXPECT_LT(gap, 2s);
    std::cout << "fenced " << result.fenced.count() << " ms, longest gap of the client " << gap.count() / 1000.0
              << " ms\n";
}

TEST_F(Swap, IsRefusedWithABackendThatWeMayNotEnd) {
    const SwapOrder what = order("swap_untouchable");
    Session monitoring = open(what.live, "postgres", "monitoring");
    Session app = open(what.live, k_app, "app");
    const Failure failure = refused(what);
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("monitoring"), std::string::npos) << failure.what_happened();
    EXPECT_TRUE(app.alive());
    expect_nothing_changed(what);
}

TEST_F(Swap, IsRefusedWithAPreparedTransaction) {
    const SwapOrder what = order("swap_prepared");
    m_cluster.sql(what.live, "BEGIN; INSERT INTO t VALUES (2); PREPARE TRANSACTION 'half ''done'");
    const Failure failure = refused(what);
    EXPECT_NE(failure.what_happened().find("half 'done"), std::string::npos) << failure.what_happened();
    m_cluster.sql(what.live, "ROLLBACK PREPARED 'half ''done'");
    expect_nothing_changed(what);
}

TEST_F(Swap, IsRefusedForAnotherDatabaseOfTheName) {
    SwapOrder what = order("swap_other");
    const auto right = what.live_oid;
    what.live_oid += 1;
    EXPECT_EQ(refused(what).code(), ExitCode::failed_clean);
    what.live_oid = right;
    what.aside = "template1";
    EXPECT_EQ(refused(what).code(), ExitCode::failed_clean);
    EXPECT_TRUE(refused(what).next().starts_with("lastgood backups prune --confirm production"));
    what.aside = "swap_other_aside";
    m_cluster.sql("postgres", "ALTER DATABASE swap_other OWNER TO postgres");
    const Failure failure = refused(what);
    EXPECT_NE(failure.what_happened().find("does not own"), std::string::npos) << failure.what_happened();
    EXPECT_FALSE(failure.next().empty());
    expect_nothing_changed(what);
}

TEST_F(Swap, IsRefusedWhereASequenceIsOutOfReach) {
    const SwapOrder what = order("swap_sequence_right");
    m_cluster.sql(what.live, "ALTER SEQUENCE used OWNER TO postgres");
    const Failure failure = refused(what);
    EXPECT_NE(failure.what_happened().find("public.used"), std::string::npos) << failure.what_happened();
    expect_nothing_changed(what);
}

TEST_F(Swap, IsCalledOffByTheLastLook) {
    SwapOrder what = order("swap_called_off");
    Session app = open(what.live, k_app, "app");
    what.last_look = [&](Session& live) {
        EXPECT_EQ(live.value("SELECT count(*) FROM t"), "1");
        EXPECT_TRUE(backends_of_database(live, what.live).empty());
        EXPECT_THROW(open(what.live), Failure);
        return false;
    };
    const SwapResult result = swap(what);
    EXPECT_TRUE(result.called_off);
    EXPECT_FALSE(result.done);
    expect_nothing_changed(what);
}

TEST_F(Swap, ThatFailsInTheFenceOpensTheDatabaseAgain) {
    SwapOrder what = order("swap_fails");
    what.last_look = [](Session& live) { return live.value("SELECT 1 / 0") == "1"; };
    const Failure failure = refused(what);
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.changed().find("open again"), std::string::npos);
    expect_nothing_changed(what);
}

TEST_F(Swap, ThatDoesNotEndInTimeOpensTheDatabaseAgain) {
    SwapOrder what = order("swap_late");
    what.limit = 1000ms;
    what.last_look = [](Session& live) { return live.value("SELECT pg_sleep(60)").has_value(); };
    const auto begun = Clock::now();
    EXPECT_EQ(refused(what).code(), ExitCode::failed_clean);
    EXPECT_LT(Clock::now() - begun, 20s);
    expect_nothing_changed(what);
}

TEST_F(Swap, ThatSomebodyOpenedMeanwhileIsNotDone) {
    SwapOrder what = order("swap_opened");
    what.last_look = [&](Session&) {
        m_cluster.sql("postgres", "ALTER DATABASE swap_opened ALLOW_CONNECTIONS true");
        return true;
    };
    EXPECT_NE(refused(what).what_happened().find("opened"), std::string::npos);
    expect_nothing_changed(what);
}

TEST_F(Swap, GoesOnUnderASignalAndIsWholeAfterIt) {
    SwapOrder what = order("swap_signal");
    what.last_look = [&](Session&) {
        m_interruption.request(SIGTERM);
        return true;
    };
    try {
        EXPECT_TRUE(swap(what).done);
    } catch (const Interrupted&) {
        ADD_FAILURE() << "interrupted inside the fence";
    }
    EXPECT_EQ(m_cluster.sql("postgres", "SELECT oid FROM pg_database WHERE datname = 'swap_signal'"),
              std::to_string(what.standby_oid));
}

TEST_F(Swap, ThatIsKilledInTheFenceIsOpenedByTheServer) {
    SwapOrder what = order("swap_killed");
    what.limit = 1500ms;
    const std::string admin_url = m_cluster.url("postgres", k_owner);
    const pid_t child = fork();
    if (child == 0) {
        Interruption interruption;
        what.last_look = [](Session&) { return raise(SIGKILL) == 0; };
        swap_databases(ConnectionUrl(Secret(admin_url)), "lastgood/1/2/swap", what, interruption);
        _exit(0);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    const auto killed = Clock::now();
    ASSERT_TRUE(WIFSIGNALED(status));
    Session admin = open();
    const std::string open_sql = "SELECT datallowconn FROM pg_database WHERE datname = 'swap_killed'";
    EXPECT_EQ(admin.value(open_sql), "f");
    EXPECT_TRUE(comes_true([&] { return admin.value(open_sql) == "t"; }));
    EXPECT_LT(Clock::now() - killed, 10s);
    expect_nothing_changed(what);
    what.last_look = {};
    EXPECT_TRUE(swap(what).done);
}

TEST_F(Swap, LeavesAFenceThatCanBeLiftedByName) {
    const SwapOrder what = order("swap_lift");
    Session owner = open("postgres", k_owner);
    EXPECT_TRUE(lift_connection_fence(owner, what.standby));
    EXPECT_FALSE(lift_connection_fence(owner, what.standby));
    EXPECT_FALSE(lift_connection_fence(owner, "not there"));
}

}  // namespace
}  // namespace lastgood
