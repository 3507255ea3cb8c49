#include "check_world.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class CatalogueChecks : public testing::Test {
  protected:
    template <typename What>
    CheckResult run(const std::string& name, What what) {
        return m_world.run(name, std::move(what));
    }
    /// An index that a failed CREATE INDEX CONCURRENTLY left.
    void leave_invalid_index(const std::string& name) {
        try {
            m_world.sql("create unique index concurrently " + name + " on t (a)");
            ADD_FAILURE() << "the index was built";
        } catch (const std::runtime_error&) {  // duplicates
        }
    }
    CheckWorld m_world;
};

TEST_F(CatalogueChecks, FindIndexesThatWereLeftInvalid) {
    m_world.sql("create table t (a int); insert into t values (1), (1)");
    leave_invalid_index("old");
    m_world.remember("no_invalid_indexes", NoInvalidIndexesCheck{});
    auto result = run("no_invalid_indexes", NoInvalidIndexesCheck{});
    EXPECT_EQ(result.verdict, Verdict::passed);
    EXPECT_EQ(result.reason, "no invalid index, beside 1 from before migrate");
    leave_invalid_index("fresh");
    result = run("no_invalid_indexes", NoInvalidIndexesCheck{});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "public.fresh on public.t: reindex index concurrently public.fresh");
    EXPECT_EQ(run("no_invalid_indexes", NoInvalidIndexesCheck{true}).evidence.differences.size(), 2U);
    m_world.sql("delete from t");
    m_world.sql("reindex index concurrently public.fresh");
    EXPECT_EQ(run("no_invalid_indexes", NoInvalidIndexesCheck{}).verdict, Verdict::passed);
    m_world.context.before.reset();
    EXPECT_EQ(run("no_invalid_indexes", NoInvalidIndexesCheck{}).verdict, Verdict::unknown);
}

TEST_F(CatalogueChecks, FindConstraintsThatWereNeverValidated) {
    m_world.sql(
        "create table t (a int); alter table t add constraint old check (a > 0) not valid; create domain d as int");
    m_world.remember("constraints_validated", ConstraintsValidatedCheck{});
    EXPECT_EQ(run("constraints_validated", ConstraintsValidatedCheck{}).verdict, Verdict::passed);
    m_world.sql(
        "alter table t add constraint \"Small\" check (a < 9) not valid; alter domain d add constraint dc check "
        "(value > 0) not valid");
    auto result = run("constraints_validated", ConstraintsValidatedCheck{});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.evidence.differences,
              (std::vector<std::string>{"Small on public.t: alter table public.t validate constraint \"Small\"",
                                        "dc on public.d: alter domain public.d validate constraint dc"}));
    for (const auto& difference : result.evidence.differences)
        m_world.sql(difference.substr(difference.find(": ") + 2));
    EXPECT_EQ(run("constraints_validated", ConstraintsValidatedCheck{}).verdict, Verdict::passed);
    EXPECT_EQ(run("constraints_validated", ConstraintsValidatedCheck{true}).verdict, Verdict::failed);
}

TEST_F(CatalogueChecks, CompareRowSecurityWithBefore) {
    m_world.sql(
        "create table orders (tenant text, id int); alter table orders enable row level security;"
        "create policy own on orders for select to public using (tenant = current_user); create table plain (id int)");
    const RowSecurityUnchangedCheck check;
    EXPECT_EQ(run("row_security_unchanged", check).verdict, Verdict::unknown) << "nothing is known from before";
    m_world.remember("row_security_unchanged", check);
    EXPECT_EQ(run("row_security_unchanged", check).reason, "2 tables, row security as before");
    const auto expect_difference = [&](const std::string& statement, const std::string& difference,
                                       const std::string& back) {
        m_world.sql(statement);
        EXPECT_EQ(run("row_security_unchanged", check).verdict, Verdict::failed);
        EXPECT_EQ(run("row_security_unchanged", check).reason, difference);
        EXPECT_EQ(run("row_security_unchanged", RowSecurityUnchangedCheck{{"orders", "plain"}}).verdict,
                  Verdict::passed);
        m_world.sql(back);
        EXPECT_EQ(run("row_security_unchanged", check).verdict, Verdict::passed);
    };
    expect_difference("alter table orders disable row level security", "public.orders: row security was on, is off",
                      "alter table orders enable row level security");
    expect_difference("alter table plain force row level security",
                      "public.plain: row security for the owner was off, is on",
                      "alter table plain no force row level security");
    expect_difference("create policy all_of_it on orders using (true)",
                      "public.orders: policy all_of_it is new (permissive for all to public using (true))",
                      "drop policy all_of_it on orders");
    expect_difference(
        "alter policy own on orders using (true)",
        "public.orders: policy own was permissive for select to public using ((tenant = CURRENT_USER)), is "
        "permissive for select to public using (true)",
        "alter policy own on orders using (tenant = current_user)");
    m_world.sql(
        "alter table orders rename to purchase; drop table plain; create table later (id int); alter table later "
        "enable row level security");
    EXPECT_EQ(run("row_security_unchanged", check).verdict, Verdict::passed) << "new and dropped tables are not judged";
    m_world.sql("drop policy own on purchase");
    EXPECT_TRUE(run("row_security_unchanged", check).reason.starts_with("public.purchase: policy own is gone ("));
}

TEST_F(CatalogueChecks, CompareExtensionsWithBeforeOrWithWhatIsNamed) {
    EXPECT_EQ(run("extensions", ExtensionsCheck{}).verdict, Verdict::unknown);
    m_world.remember("extensions", ExtensionsCheck{});
    EXPECT_EQ(run("extensions", ExtensionsCheck{}).verdict, Verdict::passed);
    m_world.sql("create extension citext version '1.4'");
    EXPECT_EQ(run("extensions", ExtensionsCheck{}).reason, "citext 1.4 was not expected");
    EXPECT_EQ(run("extensions", ExtensionsCheck{{{"citext", "any"}}}).verdict, Verdict::passed);
    EXPECT_EQ(run("extensions", ExtensionsCheck{{{"citext", "1.4"}, {"plpgsql", "1.0"}}}).verdict, Verdict::passed);
    EXPECT_EQ(run("extensions", ExtensionsCheck{{{"citext", "1.5"}}}).reason, "citext is 1.4, 1.5 expected");
    EXPECT_EQ(run("extensions", ExtensionsCheck{{{"postgis", "any"}}}).evidence.differences,
              (std::vector<std::string>{"postgis is missing", "citext 1.4 was not expected"}));
    m_world.remember("extensions", ExtensionsCheck{});
    m_world.sql("alter extension citext update to '1.5'");
    EXPECT_EQ(run("extensions", ExtensionsCheck{}).reason, "citext is 1.5, 1.4 expected");
}

class SchemaIs : public CatalogueChecks {
  protected:
    void SetUp() override {
        m_world.sql(
            "create table orders (id int primary key, total int not null); create index by_total on orders (total)");
    }
    CheckResult run_file() { return run("schema_is", SchemaIsCheck{"db/schema.sql", ""}); }
};

TEST_F(SchemaIs, TheCheckedInDump) {
    EXPECT_EQ(run_file().verdict, Verdict::unknown) << "there is no such file";
    replace_file(m_world.context.work_tree / "db/schema.sql", m_world.dump());
    EXPECT_EQ(run_file().verdict, Verdict::passed) << run_file().reason;
    m_world.sql("alter table orders add column note text; drop index by_total");
    const auto result = run_file();
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.evidence.differences,
              (std::vector<std::string>{"- CREATE INDEX by_total ON public.orders USING btree (total);",
                                        "+ CREATE TABLE public.orders ( ...     note text"}));
}

TEST_F(SchemaIs, NoMoreThanTwentyLinesAreShown) {
    replace_file(m_world.context.work_tree / "db/schema.sql", m_world.dump());
    m_world.sql("do $$ begin for i in 1..30 loop execute format('create table t%s (a int)', i); end loop; end $$");
    EXPECT_LE(run_file().evidence.differences.size(), 21U);
}

TEST_F(SchemaIs, TheFingerprint) {
    const std::string fingerprint = sha256(m_world.schema(std::chrono::seconds(20)));
    EXPECT_EQ(run("schema_is", SchemaIsCheck{"", fingerprint}).verdict, Verdict::passed);
    m_world.sql("drop index by_total");
    const auto result = run("schema_is", SchemaIsCheck{"", fingerprint});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.evidence.expected, fingerprint);
    EXPECT_EQ(m_world.run("schema_is", SchemaIsCheck{"", fingerprint}, Milliseconds(1)).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace lastgood::test
