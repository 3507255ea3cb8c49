#include "core/content_digest.hpp"

#include "database/contents.hpp"
#include "database/digest_query.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/child_process.hpp"
#include "support/postgres_cluster.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

/// One definition, two implementations: the server's own hash over SQL, and ours over what COPY writes.
class ContentDigestInBothPlaces : public testing::Test {
  protected:
    void make(const std::string& statements) {
        m_database = m_cluster.create_database();
        m_cluster.sql(m_database, statements);
        m_session = std::make_unique<Session>(ConnectionUrl(Secret(m_cluster.url(m_database))), "test", m_interruption);
    }

    TableFacts facts_of(const std::string& name) {
        for (TableFacts& table : read_catalogue(*m_session).tables) {
            if (table.name == name) return table;
        }
        throw std::runtime_error("no table " + name);
    }

    std::string in_server(const TableFacts& table) {
        Transaction transaction(*m_session, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY");
        m_session->execute(digest_settings(*m_session));
        const Rows rows = m_session->query(digest_query(*m_session, table));
        return *rows[0][1] + "/" + *rows[0][0];
    }

    /// psql's \copy would read its own line; COPY TO STDOUT in a -c command is what a stream over the wire is.
    std::vector<std::string> copy_lines(const TableFacts& table) {
        std::string columns;
        for (const ColumnFacts& column : table.columns)
            columns += (columns.empty() ? "" : ", ") + m_session->quote_name(column.name);
        const std::string copy = "copy (select " + columns + " from only " + m_session->quote_name(table.schema) + "." +
                                 m_session->quote_name(table.name) + ") to stdout";
        const auto result =
            test::run_child({m_cluster.bindir() / "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d",
                             m_cluster.url(m_database), "-c", "begin", "-c", digest_settings(*m_session), "-c", copy});
        if (result.status != 0) throw std::runtime_error(result.err);
        std::vector<std::string> lines;
        std::istringstream out(result.out);
        for (std::string line; std::getline(out, line);) lines.push_back(line);
        return lines;
    }

    std::string in_order_of_name(TableFacts table) {
        std::sort(table.columns.begin(), table.columns.end(),
                  [](const auto& a, const auto& b) { return a.name < b.name; });
        ContentDigest digest;
        for (const std::string& line : copy_lines(table)) {
            if (table.columns.empty()) {
                digest.add({});  // an empty line would be one empty column
            } else {
                digest.add_copy_line(line);
            }
        }
        return digest.text();
    }

    std::string in_order_of_number(const TableFacts& table) {
        std::vector<std::string> names;
        for (const ColumnFacts& column : table.columns) names.push_back(column.name);
        ContentDigest digest(names);
        for (const std::string& line : copy_lines(table)) digest.add_copy_line(line);
        return digest.text();
    }

    void expect_equal(const std::string& name, int rows) {
        const TableFacts table = facts_of(name);
        const std::string digest = in_server(table);
        EXPECT_EQ(digest, in_order_of_name(table)) << name;
        EXPECT_EQ(digest, in_order_of_number(table)) << name;
        EXPECT_TRUE(digest.ends_with("/" + std::to_string(rows))) << digest;
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
    std::string m_database;
    std::unique_ptr<Session> m_session;
};

TEST_F(ContentDigestInBothPlaces, IsEqualForHostileText) {
    make(R"(create table t (a text, b varchar(30), c char(5), d "char", e name);
            insert into t values (null, null, null, null, null), ('', '', '', '', ''), ('-', '-', '-', '-', '-'),
              (E'1:a\t2:b\n\r\b\f\v\\N\\.', E'\\', 'a', 'x', 'n'), ('\N', '\.', ' a ', 'y', ' '),
              ('ünïcödé €', '日本', '日本', 'q', 'ä'), (repeat('x', 1600000), ' trailing ', 'abcde', 'z', repeat('n', 63));
            create table moved (a text, b text); insert into moved values ('1', '12'), ('11', '2'), ('', null), (null, '');)");
    expect_equal("t", 7);
    expect_equal("moved", 4);
}

TEST_F(ContentDigestInBothPlaces, IsEqualForNumbersAndTimes) {
    make(
        R"(create table numbers (a int2, b int4, c int8, d numeric, e numeric(8,3), f float4, g float8, h money, i bool, j oid);
            insert into numbers values (-32768, -2147483648, -9223372036854775808, 'NaN', -1.5, '-0', '-0', -1234.5, false, 4294967295),
              (1, 1, 1, 1e-40, 0, 'NaN', 'NaN', 0, true, 0), (1, 1, 1, 1.000, 1.5, 'Infinity', '-Infinity', 1, null, 1),
              (null, null, null, 'Infinity', null, 1e-45, 4.9e-324, null, null, null), (0, 0, 0, 1e300, 0, 0.1, 0.1, 0, true, 7);
            create table times (a date, b time, c timetz, d timestamp, e timestamptz(3), f interval);
            insert into times values ('infinity', '00:00', '00:00+14', '-infinity', 'infinity', '-1 mon +1 day -00:00:01'),
              ('4713-01-01 BC', '24:00', '23:59:59.999999-12', '0044-03-15 12:00:00.5 BC', '0044-03-15 BC', '178000000 years'),
              ('2024-02-29', '12:00:00.1', '12:00', '2024-02-29', '2024-02-29 12:00+02', '0'), (null, null, null, null, null, null);)");
    expect_equal("numbers", 5);
    expect_equal("times", 4);
}

TEST_F(ContentDigestInBothPlaces, IsEqualForTypesThatCastOtherwiseThanTheyPrint) {
    make(R"(create domain padded as char(4); create domain yes as bool; create type mood as enum ('so', 'so la la');
            create type pair as (a int, b text); create domain pairs as pair;
            create type shout as (word text); create function shouted(shout) returns text immutable language sql
              as $$ select upper($1.word) || '!' $$; create cast (shout as text) with function shouted(shout);
            create table t (a inet, b cidr, c macaddr, d padded, e yes, f mood, g pair, h pairs, i shout, j xml, k bit(3), l varbit,
              m regclass, n point, o tsvector, p int4range, q uuid, r json, s jsonb, u bytea, v int[], w text[], x pair[]);
            insert into t default values;
            insert into t values ('10.0.0.1', '10.0.0.0/8', '08:00:2b:01:02:03', 'a', true, 'so la la', row(null, null), row(null, null),
              row('hey'), '<?xml version="1.0" encoding="UTF-8"?><a> </a>', '101', '', 'pg_class', '(1e10,-0)', 'a:1 b', '[1,5)',
              'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b": 1,  "a":"\\ \u00fc"}', '{"b": 1, "a": [null]}', '\x00ff5c', '{{1,null},{3,4}}',
              array['a,b', '"', null, 'NULL', ''], array[row(1, 'a "b"')::pair, null]),
              ('::1/64', '::/0', null, '', false, 'so', row(1, ''), row(1, 'x'), row(null), '<b/>', '000', '1', 't', null, '', 'empty',
              null, 'null', 'null', '', '{}', '{}', '{}');)");
    expect_equal("t", 3);
}

TEST_F(ContentDigestInBothPlaces, IsEqualForStrangeTables) {
    std::string many;
    for (int i = 1; i <= 150; ++i)
        many += (i == 1 ? "" : ", ") + ("c" + std::to_string(i)) + (i % 2 == 0 ? " int" : " text");
    make("create table many (" + many +
         "); insert into many (c1, c2, c33, c100, c150) values ('x', 1, 'y', 2, 3), (null, 4, '', 5, 6); "
         "create table none (); insert into none default values; insert into none default values; create table empty "
         "(a int); "
         "create table \"We\"\"ird t\" (\"Z\" int, a int, \"ü\" int, \"a\"\"b\" text, \"select\" int, gone int, "
         "g int generated always as (a + 1) stored); alter table \"We\"\"ird t\" drop column gone; "
         "insert into \"We\"\"ird t\" values (1, 2, 3, 'x', 5), (null, 2, null, '', null);");
    expect_equal("many", 2);
    expect_equal("none", 2);
    expect_equal("empty", 0);
    expect_equal("We\"ird t", 2);
}

TEST_F(ContentDigestInBothPlaces, CountsParentsChildrenAndPartitionsByThemselves) {
    make(R"(create table parent (a int, b text); create table child (c int) inherits (parent);
            insert into parent values (1, 'p'); insert into child values (2, 'c', 3), (4, 'd', 5);
            create table whole (k int, v text) partition by list (k); create table part (v text, k int);
            alter table whole attach partition part for values in (1); insert into whole values (1, 'x'), (1, 'y');)");
    expect_equal("parent", 1);
    expect_equal("child", 2);
    expect_equal("part", 2);
    EXPECT_THROW(facts_of("whole"), std::runtime_error);
}

TEST_F(ContentDigestInBothPlaces, DoesNotDependOnTheOrderOfColumnsOrRows) {
    make(R"(create table a (x int, y text); insert into a values (1, 'a'), (2, 'b');
            create table b (y text, x int); insert into b values ('b', 2), ('a', 1);)");
    EXPECT_EQ(in_server(facts_of("a")), in_server(facts_of("b")));
}

TEST_F(ContentDigestInBothPlaces, DoesNotDependOnSettingsOfTheDatabase) {
    make("create table t as select '2024-02-29 12:00+02'::timestamptz as a, 1.1::float8 as b, '\\x00'::bytea as c");
    const std::string before = in_server(facts_of("t"));
    for (const std::string setting :
         {"timezone = 'Asia/Tokyo'", "datestyle = 'German'", "bytea_output = 'escape'", "extra_float_digits = -5"}) {
        m_session->execute("set " + setting);
    }
    EXPECT_EQ(in_server(facts_of("t")), before);
}

}  // namespace
}  // namespace lastgood
