#include "check_world.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class QueriesNotSlower : public testing::Test {
  protected:
    void SetUp() override {
        m_world.sql(
            "create table orders as select i as id, i % 100 as customer from generate_series(1, 100000) i;"
            "create index by_id on orders (id); analyze orders");
    }
    static QueriesNotSlowerCheck one(const std::string& query) {
        QueriesNotSlowerCheck check;
        check.queries = {{"newest", query}};
        check.floor = Milliseconds(0);
        check.ratio = 3;
        return check;
    }
    CheckResult run(const QueriesNotSlowerCheck& check, Milliseconds timeout = std::chrono::seconds(20)) {
        return m_world.run("queries_not_slower", check, timeout);
    }
    const std::string m_lookup = "select * from orders where id = 4711";
    CheckWorld m_world;
};

TEST_F(QueriesNotSlower, FailsWhenAnIndexIsGoneAndNamesThePlans) {
    const auto check = one(m_lookup);
    m_world.remember("queries_not_slower", check);
    EXPECT_EQ(run(check).verdict, Verdict::passed) << run(check).reason;
    m_world.sql("drop index by_id");
    const auto result = run(check);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_TRUE(result.reason.starts_with("newest: ")) << result.reason;
    EXPECT_TRUE(result.reason.ends_with("plan: Index Scan using by_id on orders before, Seq Scan on orders now"))
        << result.reason;
    QueriesNotSlowerCheck lenient = check;
    lenient.floor = std::chrono::hours(1);
    const auto quick_enough = run(lenient);
    EXPECT_EQ(quick_enough.verdict, Verdict::passed);
    EXPECT_NE(quick_enough.evidence.differences.at(0).find("Seq Scan on orders now"), std::string::npos);
}

TEST_F(QueriesNotSlower, FailsOnAQueryThatDoesNotRunAnyMore) {
    const auto check = one("select customer from orders limit 1");
    m_world.remember("queries_not_slower", check);
    m_world.sql("alter table orders drop customer");
    EXPECT_EQ(run(check).verdict, Verdict::failed);
    EXPECT_EQ(run(check).reason, "newest: column \"customer\" does not exist");
}

TEST_F(QueriesNotSlower, CannotTellWithoutATimeFromBefore) {
    const auto check = one("select note from orders limit 1");
    EXPECT_EQ(run(check).verdict, Verdict::unknown);
    m_world.remember("queries_not_slower", check);
    m_world.sql("alter table orders add note text");
    EXPECT_EQ(run(check).verdict, Verdict::unknown);
    EXPECT_EQ(run(check).reason, "newest: before migrate: column \"note\" does not exist");
    EXPECT_EQ(run(one("select 1")).reason, "newest: its time before migrate was not noted");
}

TEST_F(QueriesNotSlower, CannotTellWhatTakesTooLong) {
    const auto check = one("select pg_sleep(60)");
    m_world.context.before = Before{};
    m_world.context.before->queries["select pg_sleep(60)"] = {1.0, {"Result"}};
    const auto result = run(check, Milliseconds(200));
    EXPECT_EQ(result.verdict, Verdict::unknown);
    EXPECT_LT(result.took_ms, 10000);
}

TEST_F(QueriesNotSlower, ChangesNothing) {
    m_world.sql("create function spoil() returns int language sql as 'delete from orders returning 1'");
    const auto check = one("select spoil()");
    m_world.remember("queries_not_slower", check);
    EXPECT_NE(m_world.context.before->queries.at("select spoil()").trouble, "");
    EXPECT_EQ(run(one("select 1; delete from orders")).verdict, Verdict::unknown);
    EXPECT_EQ(run(one("with gone as (delete from orders returning 1) select * from gone")).verdict, Verdict::unknown);
    EXPECT_EQ(m_world.sql("select count(*) from orders"), "100000");
}

}  // namespace
}  // namespace lastgood::test
