#include "check_world.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class PrivilegesUnchanged : public testing::Test {
  protected:
    void SetUp() override {
        m_world.sql(
            "drop role if exists priv_app, priv_boss; create role priv_app; create role priv_boss;"
            "create table orders (id int, total int); grant select, insert on orders to priv_app;"
            "grant update (total) on orders to priv_app; create sequence numbers; create schema extra;"
            "create function cost(int) returns int language sql as 'select 1'; create type state as enum ('on');"
            "create view open_orders as select 1 as one");
        remember();
    }
    void TearDown() override {
        m_world.sql(
            "reassign owned by priv_boss to postgres; drop owned by priv_app, priv_boss; drop role priv_app, "
            "priv_boss");
    }
    void remember() { m_world.remember("privileges_unchanged", PrivilegesUnchangedCheck{}); }
    CheckResult run(PrivilegesUnchangedCheck check = {}) {
        return m_world.run("privileges_unchanged", std::move(check));
    }
    void expect_difference(const std::string& statement, const std::string& difference, const std::string& back) {
        EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
        m_world.sql(statement);
        EXPECT_EQ(run().verdict, Verdict::failed) << statement;
        EXPECT_EQ(run().reason, difference);
        m_world.sql(back);
        EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
    }
    CheckWorld m_world;
};

TEST_F(PrivilegesUnchanged, OfTablesAndColumns) {
    expect_difference("revoke select on orders from priv_app", "public.orders: priv_app lost SELECT",
                      "grant select on orders to priv_app");
    expect_difference("grant delete on orders to public", "public.orders: PUBLIC gained DELETE",
                      "revoke delete on orders from public");
    expect_difference("grant select on orders to priv_app with grant option",
                      "public.orders: priv_app gained SELECT with grant option",
                      "revoke grant option for select on orders from priv_app");
    expect_difference("revoke update (total) on orders from priv_app", "public.orders.total: priv_app lost UPDATE",
                      "grant update (total) on orders to priv_app");
    expect_difference("grant update (id) on orders to priv_app", "public.orders.id: priv_app gained UPDATE",
                      "revoke update (id) on orders from priv_app");
    expect_difference("revoke insert on orders from postgres", "public.orders: postgres lost INSERT",
                      "grant insert on orders to postgres");
}

TEST_F(PrivilegesUnchanged, OfOwners) {
    expect_difference("alter table orders owner to priv_boss", "public.orders: the owner was postgres, is priv_boss",
                      "alter table orders owner to postgres");
    expect_difference("alter function cost owner to priv_boss",
                      "public.cost(integer): the owner was postgres, is priv_boss",
                      "alter function cost owner to postgres");
}

TEST_F(PrivilegesUnchanged, OfEveryOtherKindOfObject) {
    expect_difference("grant usage on sequence numbers to priv_app", "public.numbers: priv_app gained USAGE",
                      "revoke usage on sequence numbers from priv_app");
    expect_difference("grant create on schema extra to priv_app", "extra: priv_app gained CREATE",
                      "revoke create on schema extra from priv_app");
    expect_difference("revoke execute on function cost from public", "public.cost(integer): PUBLIC lost EXECUTE",
                      "grant execute on function cost to public");
    expect_difference("revoke usage on type state from public", "public.state: PUBLIC lost USAGE",
                      "grant usage on type state to public");
    expect_difference("grant select on open_orders to priv_app", "public.open_orders: priv_app gained SELECT",
                      "revoke select on open_orders from priv_app");
    expect_difference("grant create on database \"" + m_world.database + "\" to priv_app",
                      m_world.database + ": priv_app gained CREATE",
                      "revoke create on database \"" + m_world.database + "\" from priv_app");
}

TEST_F(PrivilegesUnchanged, OfDefaults) {
    expect_difference("alter default privileges in schema extra grant select on tables to priv_app",
                      "default privileges of postgres in schema extra for tables: priv_app gained SELECT",
                      "alter default privileges in schema extra revoke select on tables from priv_app");
    m_world.sql("alter default privileges revoke execute on functions from public");
    remember();
    expect_difference("alter default privileges grant execute on functions to public",
                      "default privileges of postgres for functions: PUBLIC gained EXECUTE",
                      "alter default privileges revoke execute on functions from public");
}

TEST_F(PrivilegesUnchanged, FollowsARenamedObjectAndIgnoresThoseThatAreGone) {
    m_world.sql(
        "alter table orders rename to purchase; drop function cost; drop view open_orders; drop schema extra; drop "
        "type "
        "state; drop sequence numbers");
    EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
    m_world.sql("alter table purchase drop column total");
    EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
    m_world.sql("revoke insert on purchase from priv_app");
    EXPECT_EQ(run().reason, "public.purchase: priv_app lost INSERT");
}

TEST_F(PrivilegesUnchanged, IgnoresNewObjectsUnlessToldOtherwise) {
    m_world.sql(
        "create table later (id int); grant select on later to priv_app; alter table orders add column more int; grant "
        "update (more) on orders to priv_app; create schema new; alter default privileges in schema new grant select "
        "on "
        "tables to priv_app; create extension pgcrypto");
    EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
    const auto result = run({.except = {}, .new_objects = true});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.evidence.differences,
              (std::vector<std::string>{
                  "default privileges of postgres in schema new for tables: priv_app gained SELECT",
                  "public.later: priv_app gained SELECT", "public.orders.more: priv_app gained UPDATE"}));
}

TEST_F(PrivilegesUnchanged, LooksAwayFromWhatIsExcepted) {
    m_world.sql(
        "revoke select on orders from priv_app; grant update (id) on orders to priv_app; revoke execute on function "
        "cost "
        "from public");
    EXPECT_EQ(run({.except = {"orders"}, .new_objects = false}).reason, "public.cost(integer): PUBLIC lost EXECUTE");
    EXPECT_EQ(run({.except = {"public.orders", "cost"}, .new_objects = false}).verdict, Verdict::passed);
}

TEST_F(PrivilegesUnchanged, CannotTellWhatWasNotNoted) {
    m_world.context.before = Before{m_world.rows()};
    EXPECT_EQ(run().verdict, Verdict::unknown);
    EXPECT_EQ(run().reason, "who might do what before migrate was not noted: the check came later");
}

}  // namespace
}  // namespace lastgood::test
