#include "framework_world.hpp"

#include <thread>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

class SqlFramework : public testing::Test {
  protected:
    std::unique_ptr<Framework> sql() { return m_world.framework("sql"); }
    MigrateResult migrate() { return m_world.migrate("sql").result; }
    FrameworkWorld m_world;
};

TEST_F(SqlFramework, ReadsWithoutChangingAnything) {
    m_world.write("0001_person.sql", "create table person (id int primary key);");
    m_world.write("README.md", "not a migration");
    const auto migrations = sql()->migrations();
    EXPECT_TRUE(migrations.applied.empty());
    EXPECT_EQ(migrations.pending, (Names{"0001_person"}));
    EXPECT_EQ(m_world.sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

TEST_F(SqlFramework, AppliesFilesInTheOrderOfTheirNumbers) {
    m_world.write("2_b.sql", "alter table t add column b int;");
    m_world.write("0010_c.sql",
                  "\xEF\xBB\xBF"
                  "alter table t add column c int;");
    m_world.write("001_a.sql", "create table t ();");
    const auto result = migrate();
    EXPECT_EQ(result.done, (Names{"001_a", "2_b", "0010_c"}));
    EXPECT_EQ(sql()->migrations().applied, (Names{"0010_c", "001_a", "2_b"}));
    EXPECT_TRUE(sql()->migrations().pending.empty());
    EXPECT_TRUE(migrate().done.empty());
}

TEST_F(SqlFramework, NotesTheTransactionsThatWroteTheRows) {
    m_world.write("1_rows.sql",
                  "create table t (a int); insert into t values (1); savepoint s; insert into t values (2);");
    const auto result = migrate();
    ASSERT_EQ(result.own_transactions.size(), 1U);
    const auto& pair = result.own_transactions[0];
    const auto first = std::stoul(pair);
    const auto next = std::stoul(pair.substr(pair.find(':') + 1));
    const auto least = std::stoul(m_world.sql("select min(xmin::text::bigint) from t"));
    const auto greatest = std::stoul(m_world.sql("select max(xmin::text::bigint) from t"));
    EXPECT_EQ(least, first);
    EXPECT_LT(greatest, next);
    EXPECT_GT(greatest, first);  // the savepoint's
    auto live = m_world.session();
    EXPECT_EQ(sql()->own_transactions(live, {}), result.own_transactions);
    EXPECT_TRUE(sql()->own_transactions(live, {"1_rows"}).empty());
}

TEST_F(SqlFramework, RunsUnderTheGuard) {
    const auto seen = sql()->guard_seen();
    EXPECT_TRUE(seen.known);
    EXPECT_EQ(seen.lock_timeout, "500ms");
    EXPECT_EQ(seen.application_name, "lastgood/11111111/22222222/migrate");
    EXPECT_EQ(seen.database, m_world.database);
    EXPECT_NE(seen.database_oid, 0U);
    EXPECT_FALSE(seen.system_identifier.empty());
}

TEST_F(SqlFramework, RollsAFailingFileBackAndSaysWhere) {
    m_world.write("0001_a.sql", "create table a ();");
    m_world.write("0002_b.sql", "create table b ();\n\nalter table missing add column x int;\n");
    m_world.write("0003_c.sql", "create table c ();");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_TRUE(failure.what_happened().starts_with("1 of 3 migrations applied, then \"0002_b\" failed: 0002_b.sql"))
        << failure.what_happened();
    EXPECT_EQ(failure.changed(), "schema at 0001_a");
    EXPECT_EQ(m_world.sql("select string_agg(relname, ' ') from pg_class where relkind = 'r' and relnamespace = "
                          "'public'::regnamespace "
                          "and relname in ('a', 'b', 'c')"),
              "a");
    EXPECT_EQ(sql()->migrations().pending, (Names{"0002_b", "0003_c"}));
}

TEST_F(SqlFramework, SaysFileAndLineOfASyntaxError) {
    m_world.write("0001_a.sql", "create table a ();\ncreate tabel b ();");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("0001_a.sql:2: syntax error"), std::string::npos) << failure.what_happened();
    EXPECT_EQ(failure.changed(), "nothing");
    EXPECT_EQ(m_world.sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

TEST_F(SqlFramework, FindsADeferredConstraintBeforeItCommits) {
    m_world.write(
        "1_a.sql",
        "create table p (id int primary key); create table c (p int references p deferrable initially deferred);"
        "insert into c values (1);");
    EXPECT_EQ(failure_of([&] { migrate(); }).code(), ExitCode::failed_clean);
}

TEST_F(SqlFramework, KeepsTheSettingsOfOneFileOutOfTheNext) {
    m_world.write("1_a.sql", "create schema s; set search_path = s; set lock_timeout = 0; create table a ();");
    m_world.write("2_b.sql", "create table b as select current_setting('lock_timeout') as lock_timeout;");
    migrate();
    EXPECT_EQ(m_world.sql("select lock_timeout from public.b"), "500ms");
}

TEST_F(SqlFramework, RefusesAnEditedMigration) {
    m_world.write("1_a.sql", "create table a ();");
    migrate();
    m_world.write("1_a.sql", "create table a (b int);");
    for (const auto& failure : {failure_of([&] { sql()->migrations(); }), failure_of([&] { migrate(); })}) {
        EXPECT_EQ(failure.code(), ExitCode::refused);
        EXPECT_EQ(failure.what_happened(), "the applied migration \"1_a\" was edited after it ran");
    }
}

TEST_F(SqlFramework, RefusesARevisionOlderThanTheDatabase) {
    m_world.write("1_a.sql", "create table a ();");
    migrate();
    m_world.remove("1_a.sql");
    const auto failure = failure_of([&] { sql()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("\"1_a\""), std::string::npos);
}

TEST_F(SqlFramework, RefusesWhatIsNotCalledLikeAMigration) {
    m_world.write("init.sql", "select 1");
    const auto failure = failure_of([&] { sql()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("init.sql"), std::string::npos);
}

TEST_F(SqlFramework, CallsAMissingDirectoryAsTheRepositoryDoes) {
    m_world.remove("");
    const auto failure = failure_of([&] { sql()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "there is no directory \"shop\" of revision 0123456789ab");
}

TEST_F(SqlFramework, RefusesTwoMigrationsOfOneNumber) {
    m_world.write("01_a.sql", "select 1");
    m_world.write("1_b.sql", "select 1");
    EXPECT_EQ(failure_of([&] { sql()->migrations(); }).code(), ExitCode::refused);
}

TEST_F(SqlFramework, RefusesBeforeAnythingRuns) {
    m_world.write("1_a.sql", "create table a ();");
    m_world.write("2_b.sql", "create table b ();\n\ncreate index concurrently i on b (c);");
    auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_TRUE(failure.what_happened().starts_with("2_b.sql:3: ")) << failure.what_happened();
    EXPECT_NE(failure.next().find("-- lastgood: no-transaction"), std::string::npos);
    m_world.write("2_b.sql", "create table b ();\ncommit;");
    failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_TRUE(failure.what_happened().starts_with("2_b.sql:2: COMMIT ")) << failure.what_happened();
    m_world.write("2_b.sql", "-- lastgood: no-transactions\nselect 1;");
    EXPECT_EQ(failure_of([&] { migrate(); }).code(), ExitCode::refused);
    EXPECT_EQ(m_world.sql("select count(*) from pg_tables where schemaname = 'public'"), "0");
}

TEST_F(SqlFramework, RunsAFileOutsideOfATransactionWhenItSaysSo) {
    m_world.write("1_a.sql", "create table a (b int);");
    m_world.write(
        "2_i.sql",
        "-- an index\n-- lastgood: no-transaction\ninsert into a values (1);\ncreate index concurrently i on a (b);\n"
        "vacuum a; do $$ begin insert into a values (2); commit; end $$");
    const auto result = migrate();
    EXPECT_EQ(result.done, (Names{"1_a", "2_i"}));
    ASSERT_EQ(result.own_transactions.size(), 2U);  // the insert's is the second
    EXPECT_EQ(m_world.sql("select min(xmin::text::bigint) from a"),
              result.own_transactions[1].substr(0, result.own_transactions[1].find(':')));
    EXPECT_EQ(m_world.sql("select state, reached, statements from lastgood_migrations where name = '2_i'"), "done|4|4");
    EXPECT_EQ(m_world.sql("select count(*) from a"), "2");
}

TEST_F(SqlFramework, RemembersWhereAFileStoppedHalfWay) {
    m_world.write("1_a.sql",
                  "-- lastgood: no-transaction\ncreate table a (b int);\n\ninsert into a values (1), (1);\n"
                  "create unique index concurrently i on a (b);\nselect 1;");
    auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_NE(failure.what_happened().find("statement 3 of 4"), std::string::npos) << failure.what_happened();
    EXPECT_EQ(sql()->migrations().pending, (Names{"1_a"}));
    failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_EQ(failure.what_happened(), "\"1_a\" stopped half way at statement 3 of 4");
    EXPECT_EQ(failure.next(), "lastgood rollback");
}

TEST_F(SqlFramework, NamesTheTableAndItsHolderAfterALockTimeout) {
    m_world.sql("create table person (id int)");
    m_world.settings.lock_timeout = Milliseconds(600);
    m_world.write("1_a.sql", "alter table person add column name text;");
    Session other(m_world.url, "reports", interruption());
    other.execute("begin; lock table person in share mode");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_EQ(failure.what_happened(),
              "0 of 1 migration applied, then \"1_a\" failed: lock timeout on table \"person\"");
    EXPECT_NE(failure.detail().find("pid " + std::to_string(other.backend_pid()) +
                                    " (idle in transaction, application \"reports\")"),
              std::string::npos)
        << failure.detail();
}

TEST_F(SqlFramework, EndsAMigrationWhoseTimeIsOver) {
    m_world.settings.timeout = Milliseconds(300);
    m_world.write("1_a.sql", "select pg_sleep(60);");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean);
    EXPECT_NE(failure.what_happened().find("timed out after 300 ms"), std::string::npos) << failure.what_happened();
}

TEST_F(SqlFramework, IsNotInDoubtWhenTheConnectionGoesBeforeTheCommit) {
    m_world.write("1_a.sql", "create table a (); select pg_terminate_backend(pg_backend_pid());");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean) << failure.what_happened();
    EXPECT_EQ(sql()->migrations().pending, (Names{"1_a"}));
}

TEST_F(SqlFramework, AsksTheServerWhenTheConnectionGoesInTheCommit) {
    // A deferred trigger that ends its own backend in COMMIT, after "set constraints all immediate" has passed it by.
    m_world.sql(
        "create table t (a int);"
        "create function die() returns trigger language plpgsql as $$ begin "
        "if current_setting('constraints.armed', true) = 'yes' then perform pg_terminate_backend(pg_backend_pid()); "
        "end if; return null; end $$;"
        "create function arm() returns trigger language plpgsql as $$ begin perform set_config('constraints.armed', "
        "'yes', true); "
        "insert into t values (1); return null; end $$;"
        "create constraint trigger die after insert on t deferrable initially deferred for each row execute function "
        "die();");
    m_world.write(
        "1_a.sql",
        "create table public.ledger_probe (); insert into t values (0);"
        "create function late() returns trigger language plpgsql as $$ begin perform set_config('constraints.armed', "
        "'yes', true); "
        "set constraints all deferred; insert into public.t values (1); return null; end $$;"
        "create trigger late after insert on public.lastgood_migrations for each row execute function late();");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_EQ(failure.code(), ExitCode::failed_clean) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("lost in its commit, which did not happen"), std::string::npos)
        << failure.what_happened();
    EXPECT_EQ(m_world.sql("select to_regclass('ledger_probe') is null"), "t");
}

TEST_F(SqlFramework, DoesNotPromiseThatNothingChangedWhereAWayDownCanHaveCommitted) {
    m_world.write("1_a.sql", "create table t (id int); insert into t values (1), (2);");
    m_world.write("1_a.down.sql",
                  "-- lastgood: no-transaction\n"
                  "do $$ begin delete from t where id = 1; commit; raise exception 'no'; end $$;");
    migrate();
    const auto failure = failure_of([&] { m_world.go_down("sql", {}); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed) << failure.what();
    EXPECT_EQ(m_world.sql("select count(*) from t"), "1");
}

TEST(Frameworks, AreRefusedWithTheNearestName) {
    FrameworkWorld world;
    const auto failure = failure_of([&] { world.framework("djanga"); });
    EXPECT_EQ(failure.code(), ExitCode::usage);
    EXPECT_NE(failure.what_happened().find("\"django\""), std::string::npos);
}

}  // namespace
}  // namespace lastgood::test
