#include "database/contents.hpp"

#include "core/failure.hpp"
#include "database/exported_snapshot.hpp"
#include "database/server.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <atomic>
#include <csignal>
#include <future>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

class Contents : public testing::Test {
  protected:
    void make(const std::string& statements) {
        m_database = m_cluster.create_database();
        m_cluster.sql(m_database, statements);
    }
    ConnectionUrl url(const std::string& role = "postgres") const {
        return ConnectionUrl(Secret(m_cluster.url(m_database, role)));
    }
    Session open() { return {url(), "test", m_interruption}; }
    ContentFacts read(const std::string& snapshot = "", int jobs = 2) {
        return read_contents(url(), "test", snapshot, jobs, m_interruption);
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
    std::string m_database;
};

TEST_F(Contents, AreTablesSequencesAndLargeObjects) {
    make(
        R"(create schema "S x"; create table "S x".t (b text, id serial primary key, gone int, a numeric(8,2)); alter table "S x".t drop column gone;
            insert into "S x".t (b) values ('x'), ('y'); create sequence unused; create sequence down increment -5; select nextval('down');
            create materialized view m as select 1 as one; create view v as select 1 as one; create unlogged table u (a int);
            create table whole (k int) partition by list (k); create table part partition of whole for values in (1);
            select lo_from_bytea(4711, 'one'); select lo_from_bytea(4712, '');)");
    const ContentFacts facts = read();
    ASSERT_EQ(facts.tables.size(), 3U);
    EXPECT_EQ(facts.tables[0].qualified(), "S x.t");
    EXPECT_EQ(facts.tables[0].columns,
              (std::vector<ColumnFacts>{{"b", 1, "text"}, {"id", 2, "integer"}, {"a", 4, "numeric(8,2)"}}));
    EXPECT_EQ(facts.tables[0].key, std::vector<std::string>{"id"});
    EXPECT_EQ(facts.tables[0].rows, 2U);
    EXPECT_EQ(facts.tables[1].qualified(), "public.part");
    EXPECT_EQ(facts.tables[2].digest, "0/0");
    ASSERT_EQ(facts.sequences.size(), 3U);
    EXPECT_EQ(facts.sequences[0].qualified(), "S x.t_id_seq");
    EXPECT_EQ(facts.sequences[0].last_value, 2);
    EXPECT_EQ(facts.sequences[1].increment, -5);
    EXPECT_EQ(facts.sequences[2].last_value, std::nullopt);
    EXPECT_TRUE(facts.large_objects.ends_with("/2"));
    EXPECT_EQ(facts.not_compared, std::vector<std::string>{"public.m: materialized view, refreshed by a restore"});
    EXPECT_TRUE(compare_contents(facts, read()).empty());
}

TEST_F(Contents, OfExtensionsCountByTheirConfiguration) {
    make(
        R"(create extension pg_trgm; create table plain (a int); create table member (a int); create table config (a int);
            insert into config values (1), (2), (3); alter extension pg_trgm add table member; alter extension pg_trgm add table config;
            update pg_extension set extconfig = array['config'::regclass::oid], extcondition = array['WHERE a > 1'] where extname = 'pg_trgm';)");
    const ContentFacts facts = read();
    ASSERT_EQ(facts.tables.size(), 2U);
    EXPECT_EQ(facts.tables[0].qualified(), "public.config");
    EXPECT_EQ(facts.tables[0].rows, 2U);
    EXPECT_EQ(facts.not_compared, std::vector<std::string>{"public.member: part of extension pg_trgm"});
}

TEST_F(Contents, StayAsTheSnapshotSawThemWhileOthersWrite) {
    make(
        "create table account (id int primary key, balance int not null); insert into account select n, 0 from "
        "generate_series(1, 5000) n; "
        "create table history (id int, at timestamptz default clock_timestamp()); create sequence s");
    std::atomic<bool> stop{false};
    std::atomic<int> written{0};
    std::thread writer([&] {
        Session session = open();
        for (int i = 0; !stop; ++i) {
            session.execute("update account set balance = balance + 1 where id = " + std::to_string(1 + i % 5000) +
                            "; insert into history values (" + std::to_string(i) +
                            "); delete from history where id = " + std::to_string(i - 10));
            ++written;
        }
    });
    while (written == 0) std::this_thread::yield();
    {
        const ExportedSnapshot snapshot(url(), "snapshot", m_interruption);
        const ContentFacts first = read(snapshot.id());
        for (int attempt = 0; attempt < 5; ++attempt) {
            const int before = written;
            while (written == before) std::this_thread::yield();
            EXPECT_EQ(compare_contents(first, read(snapshot.id(), 1 + attempt % 3)), std::vector<std::string>{});
        }
        EXPECT_FALSE(compare_contents(first, read()).empty());
    }
    stop = true;
    writer.join();
}

TEST_F(Contents, AreRefusedWhereRowLevelSecurityWouldHideRows) {
    make(
        "create table public.guarded (a int, owner name); insert into guarded values (1, 'x'); alter table guarded "
        "enable row level security; "
        "create policy own on guarded using (owner = current_user); create role contents_reader login; grant select on "
        "guarded to contents_reader");
    try {
        read_contents(url("contents_reader"), "test", "", 1, m_interruption);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::refused) << failure.what_happened() << failure.detail();
        EXPECT_NE(failure.what_happened().find("public.guarded"), std::string::npos) << failure.what_happened();
    }
    EXPECT_EQ(read().tables[0].rows, 1U);
    m_cluster.sql(m_database, "drop owned by contents_reader; drop role contents_reader");
}

TEST_F(Contents, ThatTheServerCannotPrintNameTheirTable) {
    make(R"(create type bad; create function bad_in(cstring) returns bad immutable strict language internal as 'int4in';
            create function bad_out(bad) returns cstring immutable strict language internal as 'enum_out';
            create type bad (input = bad_in, output = bad_out, like = int4); create table fine (a int);
            create table broken (a bad); insert into broken values ('1');)");
    for (const int jobs : {1, 3}) {
        try {
            read("", jobs);
            FAIL();
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ExitCode::failed_clean);
            EXPECT_NE(failure.what_happened().find("table public.broken"), std::string::npos)
                << failure.what_happened();
        }
    }
}

TEST_F(Contents, AreGivenUpWhenASignalComes) {
    make("create table slow (a int); insert into slow values (1)");
    auto locker = open();
    const Transaction transaction(locker);
    locker.execute("lock table slow");
    auto reading = std::async(std::launch::async, [this] { return read(); });
    while (m_cluster.sql("postgres",
                         "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = '" +
                             m_database + "'") == "0") {
    }
    m_interruption.request(SIGTERM);
    EXPECT_THROW(reading.get(), Interrupted);
}

TEST_F(Contents, TellAfterEachTable) {
    make("create table a (x int); create table b (x int); create table c (x int)");
    std::mutex mutex;
    std::set<std::string> told;
    read_contents(url(), "test", "", 3, m_interruption, [&](const TableFacts& table) {
        const std::lock_guard lock(mutex);
        told.insert(table.name);
        EXPECT_EQ(table.digest, "0/0");
    });
    EXPECT_EQ(told, (std::set<std::string>{"a", "b", "c"}));
}

TEST_F(Contents, CountRowsThatAreNewerThanASnapshot) {
    make(
        "create table t (a int); insert into t select generate_series(1, 100); create table old (a int); insert into "
        "old values (1); "
        "vacuum freeze old; create table frozen (a int)");
    Session open_since_long = open();
    open_since_long.execute("begin; insert into t values (-1)");
    Session session = open();
    const std::string snapshot = current_snapshot(session);
    m_cluster.sql(m_database,
                  "insert into t select generate_series(101, 110); update t set a = a where a <= 5; insert into frozen "
                  "values (1), (2)");
    open_since_long.execute("commit");
    m_cluster.sql(m_database, "delete from t where a = 100");
    const auto counts = count_rows({url(), "test", 2, m_interruption}, snapshot).tables;
    ASSERT_EQ(counts.size(), 3U);
    EXPECT_EQ(counts[0].table, "public.frozen");
    EXPECT_EQ(counts[0].newer, 2U);
    EXPECT_EQ(counts[1].table, "public.old");
    EXPECT_EQ(counts[1].rows, 1U);
    EXPECT_EQ(counts[1].newer, 0U);
    EXPECT_EQ(counts[2].rows, 110U);
    EXPECT_EQ(counts[2].newer, 10U + 5U + 1U)
        << "inserted, updated, and one whose transaction was open at the snapshot";
    for (const RowCount& count : count_rows({url(), "test", 1, m_interruption}, "").tables) EXPECT_EQ(count.newer, 0U);
}

/// More small tables than one statement counts, a large one among them, and names that have to be quoted.
TEST_F(Contents, CountEachOfManyTablesByItself) {
    make(
        "do $$ begin for i in 1 .. 75 loop execute format('create table \"T %s\" as select generate_series(1, %s) a', "
        "i, "
        "i); end loop; end $$; "
        "create table large as select i, repeat('x', 500) from generate_series(1, 5000) i; vacuum analyze");
    for (const int jobs : {1, 2}) {
        const auto counts = count_rows({url(), "test", jobs, m_interruption}, "").tables;
        ASSERT_EQ(counts.size(), 76U);
        std::map<std::string, std::uint64_t> rows;
        for (const RowCount& count : counts) rows[count.table] = count.rows;
        EXPECT_EQ(rows.at("public.large"), 5000U);
        for (std::uint64_t i = 1; i <= 75; ++i) EXPECT_EQ(rows.at("public.T " + std::to_string(i)), i);
    }
}

TEST(ContentComparisons, SayWhatDiffers) {
    ContentFacts expected;
    expected.tables = {{"public", "gone", 1, 1, {}, {}, 1, "1/1"},
                       {"public", "orders", 2, 2, {{"a", 1, "integer"}}, {}, 10000, "5/10000"},
                       {"public", "people", 3, 3, {}, {"id"}, 2, "5/2"}};
    expected.sequences = {{"public", "down", -5, -1}, {"public", "s", 7, 1}, {"public", "unused", std::nullopt, 1}};
    expected.large_objects = "0/0";
    EXPECT_TRUE(compare_contents(expected, expected).empty());
    ContentFacts found = expected;
    found.tables[0].name = "came";
    found.tables[1].rows = 9990;
    found.tables[1].columns[0].type = "bigint";
    found.tables[2].digest = "6/2";
    found.tables[2].key.clear();
    found.sequences = {{"public", "down", -4, -1}, {"public", "s", 8, 1}, {"public", "unused", 3, 1}};
    found.large_objects = "1/1";
    EXPECT_EQ(
        compare_contents(expected, found),
        (std::vector<std::string>{
            "public.gone: table is missing", "public.orders: other columns",
            "public.orders: 9,990 rows, 10,000 expected", "public.people: another primary key",
            "public.people: as many rows (2), but other contents", "public.came: table was not expected",
            "public.down: sequence is at -4, at least -5 expected", "large objects: 1/1, 0/0 expected (sum/count)"}));
}

}  // namespace
}  // namespace lastgood
