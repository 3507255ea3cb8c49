#include "check_world.hpp"
#include "framework/context.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class SqlChecks : public testing::Test {
  protected:
    CheckResult run(const std::string& query, const std::string& expect) {
        return m_world.run("sql", SqlCheck{query, expect});
    }
    CheckWorld m_world;
};

TEST_F(SqlChecks, CompareOneValue) {
    m_world.sql("create table course (title text); insert into course values (null), ('a')");
    auto result = run("select count(*) from course where title is null;", "1");
    EXPECT_EQ(result.verdict, Verdict::passed) << result.reason;
    EXPECT_EQ(result.name, "sql");
    EXPECT_EQ(result.place, "lastgood.yaml:31:11");
    result = run("select count(*) from course where title is null", "0");
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "1 found, 0 expected");
    EXPECT_EQ(run("select count(*) = 2 from course", "t").verdict, Verdict::passed);
    EXPECT_EQ(run("select title from course where title is null", "").verdict, Verdict::failed);
}

TEST_F(SqlChecks, FailWithoutExactlyOneValue) {
    EXPECT_EQ(run("select 1 where false", "1").verdict, Verdict::failed);
    EXPECT_EQ(run("select 1, 2", "1").verdict, Verdict::failed);
    EXPECT_EQ(run("values (1), (1)", "1").reason, "one value expected, the query yields 2 rows of 1 column");
}

TEST_F(SqlChecks, ShowNoData) {
    EXPECT_EQ(run("select 'alice@example.org'", "bob").reason, "a text of 17 bytes found, a text of 3 bytes expected");
    EXPECT_EQ(run("select null", "-1.5").reason, "NULL found, -1.5 expected");
}

TEST_F(SqlChecks, CannotTellWhatTheServerDoesNotAnswer) {
    auto result = run("select * from missing", "1");
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_EQ(result.reason, "relation \"missing\" does not exist");
    result = m_world.run("sql", SqlCheck{"select pg_sleep(60)", ""}, Milliseconds(200));
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_LT(result.took_ms, 10000);
    m_world.context.url = m_world.context.url.with_database("missing");
    EXPECT_EQ(run("select 1", "1").verdict, Verdict::unknown);
}

TEST_F(SqlChecks, WriteNothing) {
    m_world.sql("create table t ()");
    EXPECT_EQ(run("insert into t default values returning 1", "1").verdict, Verdict::unknown);
    EXPECT_EQ(run("select 1; commit; insert into t default values", "1").verdict, Verdict::unknown);
    EXPECT_EQ(m_world.sql("select count(*) from t"), "0");
}

class SqlRows : public testing::Test {
  protected:
    using Rows = std::vector<SqlCheck::Row>;
    CheckResult rows(const std::string& query, const Rows& expect) {
        return m_world.run("sql", SqlCheck{query, std::nullopt, expect});
    }
    CheckResult empty(const std::string& query) { return m_world.run("sql", SqlCheck{query, std::nullopt, {}, true}); }
    CheckWorld m_world{"postgres"};
};

TEST_F(SqlRows, AreComparedInTheirOrderAndNullIsNull) {
    const std::string query = "select * from (values (1, 'open'), (2, null)) v (id, state) order by id;";
    EXPECT_EQ(rows(query, {{"1", "open"}, {"2", std::nullopt}}).verdict, Verdict::passed);
    EXPECT_EQ(rows(query, {{"2", std::nullopt}, {"1", "open"}}).verdict, Verdict::failed);
    EXPECT_EQ(rows(query, {{"1", "open"}, {"2", ""}}).verdict, Verdict::failed);
    EXPECT_EQ(rows(query, {{"1", "open"}}).reason, "row 2 [2, ...]: not expected");
    EXPECT_EQ(rows(query, {{"1", "open"}, {"2", std::nullopt}, {"3", "x"}}).reason, "row 3 [3, ...]: not found");
    EXPECT_EQ(rows(query, {{"1"}, {"2", std::nullopt}}).reason, "row 1: 2 columns, 1 expected");
}

TEST_F(SqlRows, ShowTheFirstThatDifferByTheirKeys) {
    const std::string query = "select i, 'word ' || i from generate_series(1, 8) i order by i";
    const auto result = rows(query, Rows(8, {"9", "secret"}));
    EXPECT_EQ(result.reason, "row 1 [1, ...]: column 1 is 1, 9 expected (and 7 more)");
    EXPECT_EQ(result.evidence.differences.size(), 5U);
    EXPECT_EQ(rows(query + " limit 1", {{"1", "other"}}).reason,
              "row 1 [1, ...]: column 2 is a text of 6 bytes, a text of 5 bytes expected");
    m_world.pipeline.verify.evidence_rows = true;
    EXPECT_EQ(rows(query + " limit 1", {{"1", "other"}}).reason,
              "row 1: [1, \"word 1\"] found, [1, \"other\"] expected");
}

TEST_F(SqlRows, AreToBeNone) {
    EXPECT_EQ(empty("select 1 where false").verdict, Verdict::passed);
    auto result = empty("select i, 'x' from generate_series(1, 7) i order by i");
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "row 1 [1, ...]: not expected (and 6 more)");
    result = empty("select generate_series(1, 100000000)");
    EXPECT_EQ(result.evidence.found, "at least 1000 rows");
    EXPECT_EQ(empty("with gone as (delete from t returning 1) select * from gone").verdict, Verdict::unknown);
}

class RowsNotLost : public testing::Test {
  protected:
    void SetUp() override {
        m_world.sql(
            "create table orders as select i from generate_series(1, 10) i;"
            "create table session as select i from generate_series(1, 10) i");
        m_world.context.before = Before{m_world.rows()};
    }
    using PerTable = std::map<std::string, std::uint64_t>;
    CheckResult run(std::vector<std::string> except = {}) {
        return m_world.run("rows_not_lost", RowsNotLostCheck{std::move(except), std::nullopt, {}});
    }
    CheckResult run_strictly(std::optional<std::uint64_t> tolerance, PerTable per_table = {}) {
        return m_world.run("rows_not_lost", RowsNotLostCheck{{}, tolerance, std::move(per_table)});
    }
    CheckWorld m_world;
};

TEST_F(RowsNotLost, PassesWhenThereAreAsManyOrMore) {
    m_world.sql("insert into orders values (11)");
    EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
}

TEST_F(RowsNotLost, CannotTellWhileOthersWriteAndNoToleranceIsGiven) {
    m_world.sql("delete from orders where i = 1");
    EXPECT_EQ(run().verdict, Verdict::unknown);
    EXPECT_TRUE(run().reason.starts_with("public.orders: 9 rows, 10 when migrate began")) << run().reason;
    m_world.context.writes_open = false;
    EXPECT_EQ(run().verdict, Verdict::failed);
    EXPECT_EQ(run({"orders"}).verdict, Verdict::passed);
}

TEST_F(RowsNotLost, JudgesAToleranceStrictly) {
    m_world.sql("delete from orders where i <= 2");
    EXPECT_EQ(run_strictly(2).verdict, Verdict::passed);
    EXPECT_EQ(run_strictly(1).verdict, Verdict::failed);
    EXPECT_EQ(run_strictly(std::nullopt, PerTable{{"orders", 1}}).verdict, Verdict::failed);
    EXPECT_EQ(run_strictly(0, PerTable{{"public.orders", 5}}).verdict, Verdict::passed);
    EXPECT_EQ(run_strictly(std::nullopt, PerTable{{"session", 0}}).verdict, Verdict::unknown);
}

TEST_F(RowsNotLost, FollowsARenamedTable) {
    m_world.sql("alter table orders rename to purchase");
    EXPECT_EQ(run().verdict, Verdict::passed);
    m_world.sql("create table orders ()");
    EXPECT_EQ(run().verdict, Verdict::passed);
}

TEST_F(RowsNotLost, CountsADroppedTableAsLost) {
    m_world.sql("drop table session");
    EXPECT_EQ(run().verdict, Verdict::failed);
    EXPECT_EQ(run().reason, "public.session: the table is gone, 10 when migrate began");
    EXPECT_EQ(run({"public.session"}).verdict, Verdict::passed);
    m_world.sql("create table session as select i from generate_series(1, 10) i");
    EXPECT_EQ(run().verdict, Verdict::passed);
}

TEST_F(RowsNotLost, LooksAtTheNamedTablesOnly) {
    m_world.sql("delete from orders");
    const auto only = [&](const std::string& table) {
        return m_world.run("rows_not_lost", RowsNotLostCheck{{}, 0, {}, {table}});
    };
    EXPECT_EQ(only("session").verdict, Verdict::passed);
    EXPECT_EQ(only("session").reason, "1 table, no rows lost");
    EXPECT_EQ(only("public.orders").verdict, Verdict::failed);
    EXPECT_EQ(only("sesion").reason, "there was no table \"sesion\" when migrate began");
    EXPECT_EQ(only("sesion").verdict, Verdict::unknown);
    m_world.sql("drop table session");
    const auto both = run_strictly(0);
    EXPECT_EQ(both.reason, "public.orders: 0 rows, 10 when migrate began (and 1 more)");
    EXPECT_EQ(both.evidence.differences[1], "public.session: the table is gone, 10 when migrate began");
    EXPECT_EQ(both.evidence.expected, "20 rows or more in 2 tables");
}

TEST_F(RowsNotLost, CannotTellWhenTheTimeIsOverOrWithoutABaseline) {
    Session other(m_world.context.url, "reports", m_world.interruption);
    other.execute("begin; lock table orders in access exclusive mode");
    const auto result = m_world.run("rows_not_lost", RowsNotLostCheck{}, Milliseconds(200));
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_EQ(result.reason, "canceling statement due to statement timeout");
    m_world.context.before.reset();
    EXPECT_EQ(run().verdict, Verdict::unknown) << "nothing is known from before";
}

class NoPendingMigrations : public testing::Test {
  protected:
    NoPendingMigrations() {
        m_world.context.framework = [this] {
            return make_framework(m_framework, FrameworkContext{.directory = m_world.context.work_tree,
                                                                .place = "the work tree",
                                                                .settings = m_settings,
                                                                .url = m_world.context.url,
                                                                .secret = {},
                                                                .server_version = 150000,
                                                                .existing_options = "",
                                                                .application_name = m_world.context.application_name,
                                                                .leftover_mark = "test",
                                                                .processes = m_world.context.processes,
                                                                .console = m_world.context.console,
                                                                .interruption = m_world.interruption});
        };
    }
    CheckWorld m_world;
    std::string m_framework = "sql";
    MigrateSettings m_settings;
};

TEST_F(NoPendingMigrations, AsksTheFramework) {
    replace_file(m_world.context.work_tree / "1_a.sql", "create table a ();");
    auto result = m_world.run("no_pending_migrations", NoPendingMigrationsCheck{});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "1 pending: 1_a");
    m_world.context.framework()->migrate({});
    result = m_world.run("no_pending_migrations", NoPendingMigrationsCheck{});
    EXPECT_EQ(result.verdict, Verdict::passed);
    {
        Session other(m_world.context.url, "reports", m_world.interruption);
        other.execute("begin; lock table lastgood_migrations");
        m_settings.lock_timeout = std::chrono::minutes(1);
        result = m_world.run("no_pending_migrations", NoPendingMigrationsCheck{}, Milliseconds(200));
        EXPECT_EQ(result.verdict, Verdict::unknown);
        EXPECT_LT(result.took_ms, 10000);
    }
    replace_file(m_world.context.work_tree / "1_a.sql", "edited");
    EXPECT_EQ(m_world.run("no_pending_migrations", NoPendingMigrationsCheck{}).verdict, Verdict::unknown);
}

TEST_F(NoPendingMigrations, CannotTellWhereNobodySaysWhatIsPending) {
    m_framework = "command";
    m_settings.program = {"true"};
    m_settings.heads = "select 'one'";
    const auto result = m_world.run("no_pending_migrations", NoPendingMigrationsCheck{});
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_EQ(result.reason, "framework command does not say what is pending: add migrate.pending");
}

TEST(Verdicts, AreFailedBeforeUnknownBeforePassed) {
    const auto result = [](Verdict verdict) {
        CheckResult one;
        one.verdict = verdict;
        return one;
    };
    EXPECT_EQ(verdict_of({}), Verdict::passed);
    EXPECT_EQ(verdict_of({result(Verdict::passed), result(Verdict::unknown)}), Verdict::unknown);
    EXPECT_EQ(verdict_of({result(Verdict::unknown), result(Verdict::failed), result(Verdict::passed)}),
              Verdict::failed);
    EXPECT_EQ(text_of(Verdict::unknown), "could not tell");
}

}  // namespace
}  // namespace lastgood::test
