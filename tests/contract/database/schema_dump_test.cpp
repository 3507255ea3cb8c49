#include "database/schema_dump.hpp"

#include "core/failure.hpp"
#include "database/client_programs.hpp"
#include "database/connection_url.hpp"
#include "database/contents.hpp"
#include "database/exported_snapshot.hpp"
#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "support/postgres_cluster.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

constexpr const char* k_schema = R"(
    create table person (id serial primary key, name text not null default 'x');
    create table zebra (id int references person, note text);
    comment on table person is 'people';
    create function f() returns int language plpgsql as $$
begin
--
-- not a header
--
SET lock_timeout = 0;
return 1;
end $$;
    create materialized view m as select count(*) from person;
    create publication p for table person;
    create extension postgres_fdw; create server s foreign data wrapper postgres_fdw;
    create user mapping for public server s options (password 'geheim');)";

class SchemaDumps : public testing::Test {
  protected:
    std::string dump(const std::string& database, const std::string& snapshot = "") {
        const auto programs = ClientPrograms::of_major(15, m_processes, m_environment);
        return normalised_schema(programs, ConnectionUrl(Secret(m_cluster.url(database))), snapshot, "test",
                                 m_processes, "mark");
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
    Redaction m_redaction;
    Environment m_environment = Environment::of_process();
    Processes m_processes{m_interruption, m_redaction, m_environment};
};

TEST_F(SchemaDumps, AreEqualForEqualSchemas) {
    const std::string first = m_cluster.create_database();
    const std::string second = m_cluster.create_database("a='b \"c\\");
    m_cluster.sql(first, k_schema);
    m_cluster.sql(second, "create table zz (a int); drop table zz;" + std::string(k_schema));
    EXPECT_EQ(dump(first), dump(second));
    EXPECT_EQ(schema_difference(dump(first), dump(second)), "");
    m_cluster.sql("postgres", R"(drop database "a='b ""c\")");
}

TEST_F(SchemaDumps, KeepWhatMattersAndDropWhatDoesNot) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(database, k_schema);
    const std::string schema = dump(database);
    for (const std::string kept :
         {"CREATE TABLE public.person", "COMMENT ON TABLE public.person", "OWNER TO postgres", "CREATE PUBLICATION p",
          "-- not a header\n--\nSET lock_timeout = 0;\nreturn 1;", "CREATE SERVER s"}) {
        EXPECT_NE(schema.find(kept), std::string::npos) << kept << "\n" << schema;
    }
    for (const std::string dropped :
         {"geheim", "USER MAPPING", "restrict", "SET statement_timeout", "set_config", "-- Name:", "Dumped"}) {
        EXPECT_EQ(schema.find(dropped), std::string::npos) << dropped << "\n" << schema;
    }
}

TEST_F(SchemaDumps, ShowWhatDiffers) {
    const std::string first = m_cluster.create_database();
    const std::string second = m_cluster.create_database();
    m_cluster.sql(first, k_schema);
    m_cluster.sql(second,
                  std::string(k_schema) +
                      "alter table zebra add column stripes int; drop publication p; grant select on person to public");
    EXPECT_EQ(schema_difference(dump(first), dump(second)),
              "- ALTER PUBLICATION p ADD TABLE ONLY public.person;\n"
              "- ALTER PUBLICATION p OWNER TO postgres;\n"
              "- CREATE PUBLICATION p WITH (publish = 'insert, update, delete, truncate');\n"
              "+ CREATE TABLE public.zebra ( ...     stripes integer\n"
              "+ GRANT SELECT ON TABLE public.person TO PUBLIC;\n");
    EXPECT_EQ(schema_difference(dump(first), dump(second), 1), "- ALTER PUBLICATION p ADD TABLE ONLY public.person;\n");
}

TEST_F(SchemaDumps, SeeWhatASnapshotSaw) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(database, k_schema);
    const std::string before = dump(database);
    const ExportedSnapshot snapshot(ConnectionUrl(Secret(m_cluster.url(database))), "snapshot", m_interruption);
    m_cluster.sql(database, "create table later (a int)");
    EXPECT_EQ(dump(database, snapshot.id()), before);
    EXPECT_NE(dump(database), before);
}

TEST_F(SchemaDumps, FailWithTheWordsOfTheProgram) {
    try {
        dump("nowhere");
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::failed_clean);
        EXPECT_NE(failure.detail().find("database \"nowhere\" does not exist"), std::string::npos) << failure.detail();
    }
}

}  // namespace
}  // namespace lastgood
