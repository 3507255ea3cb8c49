#include "database/sql_statements.hpp"

#include "database/statement_rules.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

std::vector<std::string> texts(std::string_view script) {
    std::vector<std::string> result;
    for (const auto& statement : split_statements(script)) result.push_back(statement.text);
    return result;
}

using Texts = std::vector<std::string>;

TEST(SqlStatements, EndAtSemicolonsAndKeepTheirLines) {
    const auto statements = split_statements("-- a comment; still one\n\nselect 1;\n  select\n2 ;;\nselect 3");
    ASSERT_EQ(statements.size(), 3U);
    EXPECT_EQ(statements[0].text, "select 1");
    EXPECT_EQ(statements[0].line, 3);
    EXPECT_EQ(statements[1].line, 4);
    EXPECT_EQ(statements[2].text, "select 3");
    EXPECT_EQ(statements[2].line, 6);
}

TEST(SqlStatements, DoNotEndInsideQuotes) {
    EXPECT_EQ(texts("select ';''; '; select 2"), (Texts{"select ';''; '", "select 2"}));
    EXPECT_EQ(texts(R"(select E'\';'; select '\'; select 3)"),
              (Texts{R"(select E'\';')", R"(select '\')", "select 3"}));
    EXPECT_EQ(texts(R"(select U&'\;', U&"a;b", "x"";y"; select 2)"),
              (Texts{R"(select U&'\;', U&"a;b", "x"";y")", "select 2"}));
    EXPECT_EQ(texts("select B'0;', n';', x';'; select 2"), (Texts{"select B'0;', n';', x';'", "select 2"}));
}

TEST(SqlStatements, ReadAStringOnAsTheServerDoes) {
    EXPECT_EQ(texts("select E'a'\n  '\\'; select 2; --'; select 3"),
              (Texts{"select E'a'\n  '\\'; select 2; --'", "select 3"}));
    EXPECT_EQ(texts("select E'a' '\\'; select 2"), (Texts{"select E'a' '\\'", "select 2"}));
    EXPECT_EQ(texts("select 'a'\n'\\'; select 2"), (Texts{"select 'a'\n'\\'", "select 2"}));
}

TEST(SqlStatements, DoNotEndInsideDollarQuotes) {
    EXPECT_EQ(texts("do $$ begin; $x$ ; end $$; select 2"), (Texts{"do $$ begin; $x$ ; end $$", "select 2"}));
    EXPECT_EQ(texts("do $a_1$ ; $$ ; $a$ ; $a_1$; select $1; select a$b$c; select 3"),
              (Texts{"do $a_1$ ; $$ ; $a$ ; $a_1$", "select $1", "select a$b$c", "select 3"}));
}

TEST(SqlStatements, DoNotEndInsideCommentsOrParentheses) {
    EXPECT_EQ(texts("select /* ; /* ; */ ; */ 1; -- ;\nselect 2"), (Texts{"select /* ; /* ; */ ; */ 1", "select 2"}));
    EXPECT_EQ(texts("create rule r as on insert to t do also (select 1; select 2); select 3"),
              (Texts{"create rule r as on insert to t do also (select 1; select 2)", "select 3"}));
    EXPECT_EQ(texts("select 1 -- ;\r; select 2"), (Texts{"select 1 -- ;\r", "select 2"}));
}

TEST(SqlStatements, DoNotEndInsideAnAtomicBody) {
    const std::string function =
        "create or replace function f() returns int begin atomic select case when true then 1 else 2 end; select 2; "
        "end";
    EXPECT_EQ(texts(function + "; select 3"), (Texts{function, "select 3"}));
    EXPECT_EQ(texts("create table t (\"begin\" int); select 2").size(), 2U);
    EXPECT_EQ(texts("create function begin() returns int language sql as 'select 1'; select 2").size(), 2U);
}

TEST(SqlStatements, AreRefusedWhereOnlyPsqlCouldRunThem) {
    try {
        split_statements("select 1;\n\\i other.sql\n");
        FAIL();
    } catch (const ScriptError& error) {
        EXPECT_EQ(error.line(), 2);
    }
    EXPECT_THROW(split_statements("copy t (a) from stdin;\n1\n\\.\n"), ScriptError);
    EXPECT_NO_THROW(split_statements("copy t from '/tmp/x'"));
    EXPECT_EQ(split_statements("copy t from stdin; select 1", CopyInput::sent).size(), 2U);
    EXPECT_THROW(split_statements("select 'x"), ScriptError);
    EXPECT_THROW(split_statements("do $$ x"), ScriptError);
    EXPECT_THROW(split_statements("/* /* */"), ScriptError);
}

TEST(StatementRules, KnowWhatControlsTransactions) {
    for (const auto* text : {"begin", "COMMIT AND CHAIN", "end", "abort", "rollback", "start transaction",
                             "prepare transaction 'x'", "rollback prepared 'x'", "/* c */ Begin"}) {
        EXPECT_TRUE(controls_transactions(split_statements(text).at(0))) << text;
    }
    for (const auto* text : {"savepoint a", "release a", "rollback to a", "rollback work to savepoint a",
                             "prepare x as select 1", "select 'commit'", "\"begin\"", "do $$ begin commit; end $$"}) {
        EXPECT_FALSE(controls_transactions(split_statements(text).at(0))) << text;
    }
}

TEST(StatementRules, KnowWhatCannotRunInATransaction) {
    for (const auto* text :
         {"create index concurrently i on t (a)", "create unique index concurrently on t (a)",
          "drop index concurrently i", "reindex table concurrently t", "reindex (verbose, concurrently) table t",
          "reindex database d", "vacuum", "vacuum (full) t", "cluster", "cluster verbose", "create database d",
          "drop database d", "create tablespace x location '/x'", "alter system set a = 1",
          "alter table t detach partition p concurrently", "create subscription s connection 'x' publication p",
          "discard all", "alter database d set tablespace x"}) {
        EXPECT_TRUE(needs_no_transaction(split_statements(text).at(0))) << text;
    }
    for (const auto* text :
         {"refresh materialized view concurrently v", "truncate t", "cluster t", "reindex table t", "create role r",
          "create extension e", "alter database d set work_mem = '1MB'", "drop index i", "discard temp",
          "create subscription s connection 'x' publication p with (create_slot = false)",
          "drop index \"concurrently\"", "alter type e add value 'x'"}) {
        EXPECT_FALSE(needs_no_transaction(split_statements(text).at(0))) << text;
    }
}

TEST(StatementRules, TakeNothingThatEndsATransactionForAWriterOfRows) {
    EXPECT_TRUE(writes_rows_only(split_statements("prepare q as select 1").at(0)));
    EXPECT_FALSE(writes_rows_only(split_statements("prepare transaction 'p'").at(0)));
}

TEST(StatementRules, KnowWhatAllDatabasesShare) {
    const auto shares = [](const char* sql) { return changes_shared_objects(split_statements(sql).at(0)); };
    for (const char* sql :
         {"create role a", "alter user a nologin", "drop group a", "alter database d set work_mem = '1MB'",
          "alter system set work_mem = 1", "comment on database d is 'x'", "grant a to b",
          "revoke connect on database d from public", "create tablespace t location '/x'"})
        EXPECT_TRUE(shares(sql)) << sql;
    for (const char* sql : {"grant select on t to a", "alter table t owner to a", "create user mapping for a server s",
                            "alter default privileges grant select on tables to a", "comment on table t is 'role'",
                            "create table role (id int)", "drop table database", "revoke all on schema s from a"})
        EXPECT_FALSE(shares(sql)) << sql;
}

TEST(StatementRules, KnowWhatChangesRowsThatNoTagCounts) {
    const auto hides = [](const char* sql) { return hides_changed_rows(split_statements(sql).at(0)); };
    for (const char* sql : {"truncate t", "drop table t", "with x as (delete from t returning *) select * from x",
                            "with x as (insert into t values (1) returning id) update u set id = 1"})
        EXPECT_TRUE(hides(sql)) << sql;
    for (const char* sql : {"delete from t", "with x as (select 1) update t set id = 1", "select \"delete\" from t",
                            "update t set note = 'truncate'"})
        EXPECT_FALSE(hides(sql)) << sql;
}

}  // namespace
}  // namespace lastgood
