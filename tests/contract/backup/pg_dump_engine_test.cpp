#include "backup/engine.hpp"
#include "core/failure.hpp"
#include "database/contents.hpp"
#include "database/exported_snapshot.hpp"
#include "outside/console.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "support/child_process.hpp"
#include "support/postgres_cluster.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

Interruption& interruption() {
    static Interruption instance;
    return instance;
}

template <typename Action>
Failure failure_of(Action action) {
    try {
        action();
    } catch (const Failure& failure) {
        return failure;
    }
    throw std::logic_error("it did not fail");
}

class PgDumpEngine : public testing::Test {
  protected:
    std::string sql(const std::string& statements) { return m_cluster.sql(m_source, statements); }
    std::string in_copy(const std::string& statements) { return m_cluster.sql(m_copy, statements); }
    ConnectionUrl url(const std::string& database, const std::string& user = "postgres") {
        return ConnectionUrl(Secret(m_cluster.url(database, user)));
    }
    /// A role without superuser, and two databases of its own.
    void become_plain_owner() {
        m_owner = "owner_of_" + m_source;
        m_cluster.sql("postgres", "create role " + m_owner + " login; alter database " + m_source + " owner to " +
                                      m_owner + "; alter database " + m_copy + " owner to " + m_owner);
    }
    std::vector<TableDigest> capture(const std::string& snapshot = "") {
        Session session(url(m_source, m_owner), "the test", interruption());
        const Catalogue catalogue = read_tables_and_sequences(session);
        return m_engine->capture({url(m_source, m_owner), snapshot, catalogue.tables, 2, 1, m_objects.path()});
    }
    void restore() { m_engine->restore(m_objects.path(), url(m_copy, m_owner), 2); }

    PostgresCluster& m_cluster = PostgresCluster::shared();
    std::string m_source = m_cluster.create_database();
    std::string m_copy = m_cluster.create_database();
    std::string m_owner = "postgres";
    TemporaryDirectory m_objects{"lastgood-backup-test"};
    Redaction m_redaction;
    Environment m_environment = Environment::of_process();
    Processes m_processes{interruption(), m_redaction, m_environment};
    Console m_console{"backup-capture", LogLevel::off, m_redaction, m_environment};
    ClientPrograms m_programs = ClientPrograms::of_major(
        std::stoi(m_cluster.sql("postgres", "show server_version_num")) / 10000, m_processes, m_environment);
    std::unique_ptr<Engine> m_engine = make_engine(
        "pg_dump", {m_programs, m_processes, m_console, "lastgood/11111111/22222222/backup", "test", interruption()});
};

TEST_F(PgDumpEngine, CapturesWhatTheSnapshotSeesWhileOthersWrite) {
    sql("create table t (a int primary key, b text); insert into t select i, 'x' from generate_series(1, 1000) i");
    ExportedSnapshot snapshot(url(m_source), "the test", interruption());
    sql("insert into t values (0, 'later'); update t set b = 'y' where a = 1");
    capture(snapshot.id());
    m_engine->list(m_objects.path());
    restore();
    EXPECT_EQ(in_copy("select count(*), count(*) filter (where b = 'x') from t"), "1000|1000");
}

TEST_F(PgDumpEngine, LeavesSubscriptionsAndUserMappingsOutOfCopies) {
    sql("create extension postgres_fdw; create server s foreign data wrapper postgres_fdw;"
        "create user mapping for postgres server s options (user 'remote', password 'hidden');"
        "create subscription sub connection 'host=127.0.0.1 port=1' publication p with (connect = false)");
    capture();
    sql("alter subscription sub set (slot_name = none); drop subscription sub");
    restore();
    EXPECT_EQ(in_copy("select count(*) from pg_foreign_server"), "1");
    EXPECT_EQ(in_copy("select count(*) from pg_user_mappings"), "0");
    EXPECT_EQ(in_copy("select count(*) from pg_subscription where subdbid = (select oid from pg_database where datname "
                      "= current_database())"),
              "0");
    m_engine->restore_user_mappings(m_objects.path(), url(m_copy));
    EXPECT_EQ(in_copy("select umoptions from pg_user_mappings"), "{password=hidden,user=remote}");
}

TEST_F(PgDumpEngine, RestoresNoUserMappingsWhereThereAreNone) {
    sql("create table t ()");
    capture();
    restore();
    m_engine->restore_user_mappings(m_objects.path(), url(m_copy));
    EXPECT_EQ(in_copy("select to_regclass('t') is not null"), "t");
}

TEST_F(PgDumpEngine, LeavesARestoredDatabaseFrozenAndAnalysed) {
    sql("create table t as select i from generate_series(1, 5000) i;"
        "create table parent (a int) partition by range (a);"
        "create table child partition of parent for values from (0) to (1000);"
        "insert into parent select i % 7 from generate_series(1, 500) i");
    capture();
    restore();
    EXPECT_EQ(in_copy("select relallvisible = relpages and relpages > 0 from pg_class where relname = 't'"), "t");
    EXPECT_EQ(in_copy("select count(*) from pg_stats where tablename = 'parent' and inherited"), "1");
}

TEST_F(PgDumpEngine, SeesThatATablesDataIsMissing) {
    sql("create table t as select 1 as a");
    capture();
    m_engine->list(m_objects.path());
    for (const auto& file : std::filesystem::directory_iterator(m_objects.path() / "dump")) {
        if (file.path().extension() == ".gz") std::filesystem::remove(file.path());
    }
    const auto failure = failure_of([&] { m_engine->list(m_objects.path()); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_EQ(failure.what_happened(), "the archive has no data for TABLE DATA public t postgres");
}

TEST_F(PgDumpEngine, SeesThatTheTableOfContentsIsCutOff) {
    sql("create table t as select 1 as a");
    capture();
    std::filesystem::resize_file(m_objects.path() / "dump/toc.dat", 200);
    EXPECT_EQ(failure_of([&] { m_engine->list(m_objects.path()); }).code(), ExitCode::failed_clean);
    EXPECT_EQ(failure_of([&] { restore(); }).code(), ExitCode::failed_clean);
}

TEST_F(PgDumpEngine, WorksForAPlainOwner) {
    become_plain_owner();
    sql("create extension hstore; comment on extension hstore is 'ours'; set role " + m_owner +
        "; create table t as select 'a=>1'::hstore as h; comment on schema public is 'shop'");
    capture();
    restore();
    EXPECT_EQ(in_copy("select h -> 'a', (select tableowner from pg_tables where tablename = 't') from t"),
              "1|" + m_owner);
}

TEST_F(PgDumpEngine, WorksWithADatabaseWhoseNameLooksLikeAConnectionString) {
    m_source = m_cluster.create_database("host=x 'y\\ z");
    sql("create table t as select 1 as a");
    capture();
    restore();
    EXPECT_EQ(in_copy("select a from t"), "1");
}

TEST_F(PgDumpEngine, NamesTheRoleWhoseObjectsItCannotGiveBack) {
    become_plain_owner();
    sql("create role clerk_of_" + m_source + "; create table t as select 1 as a; alter table t owner to clerk_of_" +
        m_source + "; grant select on t to " + m_owner);
    capture();
    const auto failure = failure_of([&] { restore(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("must be "), std::string::npos) << failure.what_happened();
    EXPECT_TRUE(failure.next().starts_with("grant \"clerk_of_" + m_source + "\" to \"" + m_owner + "\""))
        << failure.next();
}

TEST_F(PgDumpEngine, SaysWhatADumpMayNotRead) {
    become_plain_owner();
    sql("create table secret as select 1 as a");
    const auto failure = failure_of([&] { capture(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("permission denied for table secret"), std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(failure.changed(), "nothing");
}

TEST_F(PgDumpEngine, WantsARoleThatSeesEveryRow) {
    become_plain_owner();
    sql("create table t as select 1 as a; alter table t owner to " + m_owner +
        "; alter table t enable row level security; alter table t force row level security");
    const auto failure = failure_of([&] { capture(); });
    EXPECT_NE(failure.next().find("BYPASSRLS"), std::string::npos) << failure.what_happened();
}

TEST_F(PgDumpEngine, SaysThatTheDiskIsFull) {
    if (run_child({"mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", m_objects.path()}).status != 0) {
        GTEST_SKIP() << "a small file system cannot be mounted here";
    }
    sql("create table t as select md5(i::text) from generate_series(1, 20000) i");
    struct Unmount {
        std::filesystem::path path;
        ~Unmount() { run_child({"umount", path}); }
    } const unmount{m_objects.path()};
    const auto failure = failure_of([&] { capture(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_TRUE(failure.what_happened().starts_with("the disk is full")) << failure.what_happened();
}

TEST_F(PgDumpEngine, IsTheOnlyOneThereIs) {
    const auto failure = failure_of([&] {
        make_engine("pgdump", {m_programs, m_processes, m_console, "the test", "test", interruption()});
    });
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_NE(failure.what_happened().find("\"pg_dump\""), std::string::npos);
}

}  // namespace
}  // namespace lastgood::test
