#include "engine_world.hpp"
#include "every_kind_of_object.hpp"

namespace lastgood::test {
namespace {

/// What every engine promises.
class EveryEngine : public testing::TestWithParam<std::string>, protected EngineWorld {
  protected:
    EveryEngine() : EngineWorld(GetParam()) {}
};

TEST_P(EveryEngine, CapturesWhatTheSnapshotSeesWhileOthersWrite) {
    sql("create table t (a int primary key, b text); insert into t select i, 'x' from generate_series(1, 1000) i");
    ExportedSnapshot snapshot(url(m_source), "the test", interruption());
    sql("insert into t values (0, 'later'); update t set b = 'y' where a = 1");
    capture(snapshot.id(), read_tables_and_sequences(snapshot.session()));
    list();
    restore();
    EXPECT_EQ(in_copy("select count(*), count(*) filter (where b = 'x') from t"), "1000|1000");
}

TEST_P(EveryEngine, LeavesSubscriptionsAndUserMappingsOutOfCopies) {
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
    restore_user_mappings();
    EXPECT_EQ(in_copy("select umoptions from pg_user_mappings"), "{password=hidden,user=remote}");
}

TEST_P(EveryEngine, RestoresNoUserMappingsWhereThereAreNone) {
    sql("create table t ()");
    capture();
    restore();
    restore_user_mappings();
    EXPECT_EQ(in_copy("select to_regclass('t') is not null"), "t");
}

TEST_P(EveryEngine, LeavesARestoredDatabaseAnalysedAndAKeptOneFrozen) {
    sql("create table t as select i from generate_series(1, 5000) i;"
        "create table parent (a int) partition by range (a);"
        "create table child partition of parent for values from (0) to (1000);"
        "insert into parent select i % 7 from generate_series(1, 500) i");
    capture();
    restore();
    EXPECT_EQ(in_copy("select count(*) from pg_stats where tablename = 't' or tablename = 'parent' and inherited"),
              "2");
    freeze_kept(context(), url(m_copy), 1);
    EXPECT_EQ(in_copy("select relallvisible = relpages and relpages > 0 from pg_class where relname = 't'"), "t");
}

TEST_P(EveryEngine, BringsBackEveryKindOfObject) {
    const std::string role = "other_of_" + m_source;
    m_cluster.sql("postgres", "create role " + role);
    std::string statements = k_every_kind_of_object;
    for (auto at = statements.find("%ROLE%"); at != std::string::npos; at = statements.find("%ROLE%", at))
        statements.replace(at, 6, role);
    sql(statements);
    expect_the_servers(capture());
    list();
    restore();
    expect_equal_copy();
    EXPECT_EQ(in_copy("select lo_get(4711), (select lomacl is not null from pg_largeobject_metadata where oid = 4711)"),
              "\\x00ff0a5c|t");
    EXPECT_EQ(in_copy("select n from second_view"), "3");
}

TEST_P(EveryEngine, BringsBackAValueOf200Megabytes) {
    sql("create table t (a int, big text); insert into t values (1, 'small'), (2, repeat(md5('x'), 6553600)), (3, "
        "null)");
    expect_the_servers(capture());
    restore();
    expect_equal_copy();
}

TEST_P(EveryEngine, WorksForAPlainOwner) {
    become_plain_owner();
    sql("create extension hstore; comment on extension hstore is 'ours'; set role " + m_owner +
        "; create table t as select 'a=>1'::hstore as h; comment on schema public is 'shop'");
    capture();
    restore();
    EXPECT_EQ(in_copy("select h -> 'a', (select tableowner from pg_tables where tablename = 't') from t"),
              "1|" + m_owner);
}

TEST_P(EveryEngine, WorksWithADatabaseWhoseNameLooksLikeAConnectionString) {
    m_source = m_cluster.create_database("host=x 'y\\ z " + GetParam());
    sql("create table t as select 1 as a");
    capture();
    restore();
    EXPECT_EQ(in_copy("select a from t"), "1");
}

TEST_P(EveryEngine, NamesTheRoleWhoseObjectsItCannotGiveBack) {
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

TEST_P(EveryEngine, SaysWhatADumpMayNotRead) {
    become_plain_owner();
    sql("create table secret as select 1 as a");
    const auto failure = failure_of([&] { capture(); });
    EXPECT_NE(failure.what_happened().find("permission denied for table secret"), std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(failure.changed(), "nothing");
}

TEST_P(EveryEngine, WantsARoleThatSeesEveryRow) {
    become_plain_owner();
    sql("create table t as select 1 as a; alter table t owner to " + m_owner +
        "; alter table t enable row level security; alter table t force row level security");
    const auto failure = failure_of([&] { capture(); });
    EXPECT_NE(failure.next().find("BYPASSRLS"), std::string::npos) << failure.what_happened();
}

TEST_P(EveryEngine, SaysThatTheDiskIsFull) {
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

TEST_P(EveryEngine, DigestsRowsAsTheServerDoes) {
    sql("create table t (b text, a int, \"A\" timestamptz, m money, raw bytea); insert into t select case when i % 3 = "
        "0 then null "
        "else E'x\\ty\\\\' || i end, i, timestamptz '2026-01-01 12:00+05' + i * interval '1 hour', i::text::money, "
        "int4send(i) from generate_series(1, 3000) i;"
        "create table none (); insert into none default values; insert into none default values; create table empty (a "
        "int);"
        "create table parent (k int, v text) partition by list (k); create table child (v text, k int);"
        "alter table parent attach partition child for values in (1); insert into parent values (1, 'x'), (1, 'y');"
        "alter database " +
        m_source + " set timezone = 'Asia/Tokyo'");
    const auto digests = capture();
    EXPECT_GE(digests.size(), 3U);
    expect_the_servers(digests);
    restore();
    expect_equal_copy();
}

TEST_P(EveryEngine, LeavesTablesWithGeneratedColumnsToTheServersDigest) {
    sql("create table t (a int, g int generated always as (a + 1) stored); insert into t values (1), (2)");
    EXPECT_TRUE(capture().empty());
    restore();
    expect_equal_copy();
}

TEST(Engines, AreNamedWhereAnotherIsAskedFor) {
    EngineWorld world("snapshot");
    const auto failure = failure_of([&] {
        make_engine("pgdump",
                    {world.m_programs, world.m_processes, world.m_console, "the test", "test", interruption()});
    });
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_NE(failure.what_happened().find("\"pg_dump\""), std::string::npos);
    EXPECT_NE(failure.next().find("snapshot"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Backup, EveryEngine, testing::Values("snapshot", "pg_dump"),
                         [](const auto& engine) { return engine.param; });

}  // namespace
}  // namespace lastgood::test
