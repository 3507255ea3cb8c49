#include "check_world.hpp"
#include "outside/sha256.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class Unchanged : public testing::Test {
  protected:
    void SetUp() override {
        m_world.sql(
            "create table ledger as select i, 'entry ' || i as note from generate_series(1, 100) i;"
            "create table orders (id int)");
        m_world.capture();
    }
    CheckResult run(std::vector<std::string> tables = {"ledger"}) {
        return m_world.run("unchanged", UnchangedCheck{std::move(tables)});
    }
    /// As the `sql` framework does: a transaction that is noted as the migration's own.
    void migrate(const std::string& statements) {
        const auto pair = m_world.sql("begin; select pg_current_xact_id() as id \\gset own_\n" + statements +
                                      "; commit; select :own_id || ':' || pg_snapshot_xmax(pg_current_snapshot())");
        m_world.context.captured->question.own_transactions.push_back(pair);
    }
    CheckWorld m_world;
};

TEST_F(Unchanged, PassesWhenTheTablesHoldWhatTheRestorePointSaw) {
    m_world.sql("insert into orders values (1); update ledger set i = i");
    const auto result = run({"public.ledger"});
    EXPECT_EQ(result.verdict, Verdict::passed) << result.reason;
    EXPECT_EQ(result.reason, "1 table as in restore point rp-1");
}

TEST_F(Unchanged, CannotTellWhileOthersWriteAndFailsWhereNobodyElseCould) {
    m_world.sql("delete from ledger where i = 1");
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_EQ(result.reason,
              "public.ledger: other contents (99 rows, 100 at the restore point), which live traffic could explain");
    m_world.context.writes_open = false;
    EXPECT_EQ(run().verdict, Verdict::failed);
    EXPECT_EQ(run({"ledger", "orders"}).evidence.found, "1 of 2 tables different");
}

TEST_F(Unchanged, CannotTellWhatOthersWroteBeforeMigrateBegan) {
    m_world.sql("delete from ledger where i = 7");
    m_world.context.before = Before{m_world.rows()};
    m_world.context.writes_open = false;
    EXPECT_EQ(run().verdict, Verdict::unknown);
}

TEST_F(Unchanged, FailsOnRowsThatTheMigrationItselfWroteAndNotOnOthers) {
    migrate("insert into orders values (1)");
    m_world.sql("update ledger set note = 'other' where i > 97");
    EXPECT_EQ(run().verdict, Verdict::unknown);
    migrate("update ledger set note = 'other' where i <= 3");
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_TRUE(result.reason.ends_with("at the restore point), 3 rows written by the migration itself"))
        << result.reason;
}

TEST_F(Unchanged, NamesColumnsThatDiffer) {
    m_world.sql(
        "alter table ledger add column more int; alter table ledger alter i type bigint; alter table ledger drop note");
    const auto result = run();
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "public.ledger: other columns: i was integer, is bigint, note is gone, more was added");
}

TEST_F(Unchanged, FailsOnATableThatIsGoneOrHasAnotherName) {
    m_world.sql("alter table ledger rename to journal; drop table orders");
    const auto result = run({"ledger", "orders"});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.evidence.differences,
              (std::vector<std::string>{"public.ledger: is called public.journal now",
                                        "public.orders: the table of the restore point is gone"}));
}

TEST_F(Unchanged, ComparesKeyedDigests) {
    const auto key = [](const TableFacts& table) { return hmac_sha256("key", table.digest); };
    for (auto& table : m_world.context.captured->question.then) table.digest = key(table);
    m_world.context.captured->digest = key;
    EXPECT_EQ(run().verdict, Verdict::passed);
    m_world.sql("delete from ledger");
    m_world.context.writes_open = false;
    EXPECT_EQ(run().verdict, Verdict::failed);
}

TEST_F(Unchanged, CannotTellWithoutDigestsOrForUnknownTables) {
    EXPECT_EQ(run({"legder"}).verdict, Verdict::unknown);
    EXPECT_TRUE(run({"legder"}).reason.starts_with("the restore point has no table \"legder\""));
    m_world.context.captured->question.then[0].digest = "";
    EXPECT_EQ(run().reason, "public.ledger: the restore point has no digest of it");
    m_world.context.captured->trouble = "there is no restore point rp-1";
    EXPECT_EQ(run().reason, "there is no restore point rp-1");
    m_world.context.captured.reset();
    EXPECT_EQ(run().verdict, Verdict::unknown);
}

}  // namespace
}  // namespace lastgood::test
