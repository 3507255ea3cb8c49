#include "database/catalogue_state.hpp"

#include "database/connection_url.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <string>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

/// What pg_dump --schema-only says differs after each of these; so must the state.
constexpr const char* k_changes[] = {
    "create schema more",
    "create table t (id int primary key, note text default 'x', n int)",
    "alter table t add column extra int",
    "alter table t alter column note set default 'y'",
    "alter table t alter column note set not null",
    "alter table t rename column extra to other",
    "alter table t drop column other",
    "alter table t alter column n type bigint",
    "alter table t alter column note set statistics 500",
    "alter table t alter column note set storage external",
    "alter table t add constraint positive check (n > 0) not valid",
    "alter table t validate constraint positive",
    "alter table t set (fillfactor = 70)",
    "alter table t owner to state_role",
    "alter table t enable row level security",
    "alter table t force row level security",
    "alter table t replica identity full",
    "alter table t set unlogged",
    "create policy p on t using (n > 1)",
    "alter policy p on t using (n > 2)",
    "grant select on t to state_role",
    "grant update (note) on t to state_role",
    "revoke select on t from state_role",
    "comment on table t is 'one'",
    "comment on column t.note is 'two'",
    "create index by_n on t (n)",
    "alter index by_n set (fillfactor = 80)",
    "alter table t cluster on by_n",
    "create statistics s on n, note from t",
    "create sequence q",
    "alter sequence q increment by 5",
    "alter sequence q as int",
    "create view v as select id from t",
    "create or replace view v as select id, n from t",
    "create rule r as on delete to v do instead nothing",
    "create materialized view m as select id from t",
    "create function f() returns int language sql as 'select 1'",
    "create or replace function f() returns int language sql as 'select 2'",
    "alter function f() cost 5",
    "create function tf() returns trigger language plpgsql as 'begin return new; end'",
    "create trigger trg before insert on t for each row execute function tf()",
    "alter table t disable trigger trg",
    "create type mood as enum ('sad')",
    "alter type mood add value 'glad'",
    "create domain d as int check (value > 0)",
    "create type pair as (a int, b int)",
    "create table parts (id int) partition by range (id)",
    "create table part1 partition of parts for values from (0) to (10)",
    "alter table parts detach partition part1",
    "create extension pgcrypto",
    "alter extension pgcrypto add function f()",
    "alter table t set logged",
    "create publication pub for table t",
    "alter publication pub add table parts",
    "create event trigger et on ddl_command_end execute function event_f()",
    "create foreign data wrapper w",
    "create server sv foreign data wrapper w",
    "alter default privileges grant select on tables to state_role",
    "create cast (mood as int) with inout",
    "create text search configuration ts (copy = simple)",
    "create collation de (locale = 'C')",
    "alter role state_role rename to state_role_2",
    "drop table part1",
    "drop view v",
};

class CatalogueStates : public testing::Test {
  protected:
    std::string state() {
        Session session(ConnectionUrl(Secret(m_cluster.url(m_database))), "test", m_interruption);
        return catalogue_state(session);
    }
    void sql(const std::string& statements) { m_cluster.sql(m_database, statements); }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    std::string m_database = m_cluster.create_database();
    Interruption m_interruption;
};

TEST_F(CatalogueStates, AreOthersAfterEveryChangeOfTheSchema) {
    sql("drop role if exists state_role; drop role if exists state_role_2; create role state_role; "
        "create function event_f() returns event_trigger language plpgsql as 'begin end'");
    std::string before = state();
    for (const char* const change : k_changes) {
        sql(change);
        const std::string after = state();
        EXPECT_NE(after, before) << change;
        before = after;
    }
    sql("drop owned by state_role_2 cascade; drop role state_role_2");
}

TEST_F(CatalogueStates, StayWhatTheyAreWhileOnlyRowsChange) {
    sql("create table t (id serial primary key, note text); create index on t (note)");
    const std::string before = state();
    for (const char* const change :
         {"insert into t (note) select md5(i::text) from generate_series(1, 20000) i",
          "update t set note = '' where id < 100", "delete from t where id > 19000", "select nextval('t_id_seq')",
          "analyze", "vacuum", "vacuum freeze", "vacuum freeze pg_class", "vacuum freeze pg_attribute", "checkpoint",
          "select lo_create(0)"}) {
        sql(change);
        EXPECT_EQ(state(), before) << change;
    }
}

TEST_F(CatalogueStates, AreOthersInACopy) {
    const std::string copy = m_database + "_copy";
    const std::string before = state();
    m_cluster.sql("postgres", "create database " + copy + " template " + m_database);
    m_database = copy;
    EXPECT_NE(state(), before);
    m_cluster.sql("postgres", "drop database " + copy);
}

TEST_F(CatalogueStates, AreReadByARoleThatOwnsNothing) {
    sql("drop role if exists state_reader; create role state_reader login");
    ConnectionUrl url = ConnectionUrl(Secret(m_cluster.url(m_database))).with("user", "state_reader");
    {
        Session session(url, "test", m_interruption);
        EXPECT_FALSE(catalogue_state(session).empty());
    }
    sql("drop role state_reader");
}

}  // namespace
}  // namespace lastgood
