#include "pipeline_text.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

Pipeline with_line(int line, const std::string& replacement,
                   std::map<std::string, std::string> variables = small_environment()) {
    return read(replace_line(line, replacement), std::move(variables));
}

CheckSettings check(const std::string& text) {
    return with_line(13, "        - " + text).verify.checks.at(0);
}

TEST(Keys, OfTheTopAreRead) {
    const Pipeline pipeline = with_line(5, R"(writes: closed
fence_deadline: 5m
expires: 3d
deploy: { run: [./d, "", 1], when: before_migrate, timeout: 90s }
git: { revision: v1, remote: up, on_rollback: reset }
database:
  admin_url: ${ADMIN_URL}
  maintenance_database: app
  app_roles: [app, worker])");
    EXPECT_EQ(pipeline.writes, Writes::closed);
    EXPECT_EQ(pipeline.fence_deadline, 5min);
    EXPECT_EQ(pipeline.expires, 72h);
    EXPECT_EQ(pipeline.deploy->run, (Argv{"./d", "", "1"}));
    EXPECT_EQ(pipeline.deploy->when, Deploy::When::before_migrate);
    EXPECT_EQ(pipeline.deploy->timeout, 90s);
    EXPECT_EQ(pipeline.git.revision, "v1");
    EXPECT_EQ(pipeline.git.remote, "up");
    EXPECT_EQ(pipeline.git.on_rollback, OnRollback::reset);
    EXPECT_EQ(pipeline.database.admin_url->variable, "ADMIN_URL");
    EXPECT_EQ(pipeline.database.maintenance_database, "app");
    EXPECT_EQ(pipeline.database.app_roles, (std::vector<std::string>{"app", "worker"}));
    EXPECT_EQ(with_line(4, "store: file:/s\nwrites: read_only").writes, Writes::read_only);
    EXPECT_EQ(with_line(4, "store: file:/s\ngit: { on_rollback: none }").git.on_rollback, OnRollback::none);
}

TEST(Keys, OfBackupCaptureAreRead) {
    const CaptureSettings capture =
        with_line(8,
                  "  - backup-capture: { jobs: 4, compress: 0, prove: { how: restore, jobs: 3, url: \"${ADMIN_URL}\" },"
                  " standby: drop, disk_limit: 512MB, keep: { last: 2 }, on_failure: rollback }")
            .capture;
    EXPECT_EQ(capture.jobs, 4);
    EXPECT_EQ(capture.compress, 0);
    EXPECT_EQ(capture.prove, Prove::restore);
    EXPECT_EQ(capture.prove_jobs, 3);
    EXPECT_EQ(capture.prove_url->variable, "ADMIN_URL");
    EXPECT_FALSE(capture.keep_standby);
    EXPECT_EQ(capture.disk_limit, 512ULL << 20U);
    EXPECT_EQ(capture.keep_last, 2);
    EXPECT_FALSE(capture.keep_for);
    EXPECT_EQ(capture.on_failure, OnFailure::rollback);
    EXPECT_EQ(with_line(8, "  - backup-capture: { prove: list }").capture.prove, Prove::list);
    EXPECT_EQ(with_line(8, "  - backup-capture: { prove: { how: none } }").capture.prove, Prove::none);
}

TEST(Keys, OfMigrateAreRead) {
    const MigrateSettings migrate = with_line(10, R"(      framework: django
      directory: app/src
      program: [venv/bin/python, manage.py]
      backfill_lock_timeout: 1m
      retry_for: 0s
      max_queue: 750ms
      remove_invalid_indexes: true
      carry: [node_modules, conf/local.py]
      statement_timeout: 500ms
      timeout: 1h
      max_age: 30m)")
                                        .migrate;
    EXPECT_EQ(migrate.directory, "app/src");
    EXPECT_EQ(migrate.program, (Argv{"venv/bin/python", "manage.py"}));
    EXPECT_EQ(migrate.backfill_lock_timeout, 1min);
    EXPECT_EQ(migrate.retry_for, 0ms);
    EXPECT_EQ(migrate.max_queue, 750ms);
    EXPECT_TRUE(migrate.remove_invalid_indexes);
    EXPECT_EQ(migrate.carry, (std::vector<std::string>{"node_modules", "conf/local.py"}));
    EXPECT_EQ(migrate.statement_timeout, 500ms);
    EXPECT_EQ(migrate.timeout, 1h);
    EXPECT_EQ(migrate.max_age, 30min);
}

TEST(Keys, OfRollbackAreRead) {
    const RollbackSettings rollback =
        with_line(14, "  - rollback: { max_lost: 5, keep_failed: 1h, sequence_margin: 0, before_open: [./flush] }")
            .rollback;
    EXPECT_EQ(rollback.max_lost, 5U);
    EXPECT_EQ(rollback.keep_failed, 1h);
    EXPECT_EQ(rollback.sequence_margin, 0U);
    EXPECT_EQ(rollback.before_open, Argv{"./flush"});
}

TEST(Keys, OfChecksAreRead) {
    EXPECT_EQ(check("no_pending_migrations: { timeout: 5s }").timeout, 5s);
    EXPECT_EQ(check("no_pending_migrations").name, "no_pending_migrations");
    EXPECT_EQ(check("rows_not_lost:").name, "rows_not_lost");
    EXPECT_EQ(std::get<RowsNotLostCheck>(check("rows_not_lost: { tolerance: 0 }").what).tolerance, 0U);
    const auto rows =
        std::get<RowsNotLostCheck>(check("rows_not_lost: { tolerance: { orders: 0, app.sessions: 100 } }").what);
    EXPECT_FALSE(rows.tolerance);
    EXPECT_EQ(rows.per_table, (std::map<std::string, std::uint64_t>{{"orders", 0}, {"app.sessions", 100}}));
    const auto http = std::get<HttpCheck>(check("http: { url: 'http://a', expect_status: 204, expect_body: ok }").what);
    EXPECT_EQ(http.expect_status, std::vector<long>{204});
    EXPECT_EQ(http.expect_body, "ok");
    EXPECT_FALSE(http.tls);
    EXPECT_FALSE(http.max_latency);
}

TEST(Keys, OfSqlSayOneKindOfExpectation) {
    const auto rows =
        std::get<SqlCheck>(check("sql: { query: select 1, expect_rows: [[1, 'a b', ~], ['', null, t]] }").what);
    EXPECT_FALSE(rows.expect);
    ASSERT_TRUE(rows.expect_rows);
    EXPECT_EQ(*rows.expect_rows, (std::vector<SqlCheck::Row>{{"1", "a b", std::nullopt}, {"", std::nullopt, "t"}}));
    const auto empty = std::get<SqlCheck>(check("sql: { query: select 1, expect_empty: true }").what);
    EXPECT_TRUE(empty.expect_empty);
    EXPECT_FALSE(empty.expect_rows);
}

TEST(Keys, OfChecksOfContentsAreRead) {
    const auto rows = std::get<RowsNotLostCheck>(check("rows_not_lost: { only: [orders] }").what);
    EXPECT_EQ(rows.only, ObjectNames{"orders"});
    EXPECT_EQ(std::get<UnchangedCheck>(check("unchanged: { tables: [a, b.c] }").what).tables,
              (ObjectNames{"a", "b.c"}));
    EXPECT_EQ(check("unchanged: { tables: [a] }").timeout, 10min);
    EXPECT_EQ(std::get<SequencesAheadCheck>(check("sequences_ahead: { except: [s] }").what).except, ObjectNames{"s"});
}

TEST(Keys, OfChecksOfTheSchemaAreRead) {
    EXPECT_FALSE(std::get<NoInvalidIndexesCheck>(check("no_invalid_indexes").what).all);
    EXPECT_TRUE(std::get<NoInvalidIndexesCheck>(check("no_invalid_indexes: { all: true }").what).all);
    EXPECT_TRUE(std::get<ConstraintsValidatedCheck>(check("constraints_validated: { all: true }").what).all);
    const auto privileges = std::get<PrivilegesUnchangedCheck>(
        check("privileges_unchanged: { except: [reports], new_objects: refuse }").what);
    EXPECT_EQ(privileges.except, ObjectNames{"reports"});
    EXPECT_TRUE(privileges.new_objects);
    EXPECT_FALSE(std::get<PrivilegesUnchangedCheck>(check("privileges_unchanged").what).new_objects);
    EXPECT_EQ(std::get<RowSecurityUnchangedCheck>(check("row_security_unchanged: { except: [t] }").what).except,
              ObjectNames{"t"});
    EXPECT_TRUE(std::get<ExtensionsCheck>(check("extensions").what).expect.empty());
    EXPECT_EQ(std::get<ExtensionsCheck>(check("extensions: { expect: { pgcrypto: 1.3, postgis: any } }").what).expect,
              (std::map<std::string, std::string>{{"pgcrypto", "1.3"}, {"postgis", "any"}}));
    EXPECT_EQ(std::get<SchemaIsCheck>(check("schema_is: { file: db/schema.sql }").what).file, "db/schema.sql");
    const std::string fingerprint(64, 'a');
    EXPECT_EQ(std::get<SchemaIsCheck>(check("schema_is: { fingerprint: " + fingerprint + " }").what).fingerprint,
              fingerprint);
}

TEST(Keys, OfHttpAreRead) {
    const auto http = std::get<HttpCheck>(
        with_line(
            13,
            "        - http: { url: 'https://a', expect_status: [200, 204], expect_json: { a.b: 1, c: '' }, "
            "max_latency: "
            "500ms, tls: { min_days_left: 14, ca: ca.pem }, headers: { Accept: text/plain, Authorization: 'Bearer "
            "${TOKEN}' } }",
            {{"DATABASE_URL", "postgres://db/app"}, {"TOKEN", "t0ken"}})
            .verify.checks.at(0)
            .what);
    EXPECT_EQ(http.expect_status, (std::vector<long>{200, 204}));
    EXPECT_EQ(http.expect_json, (std::map<std::string, std::string>{{"a.b", "1"}, {"c", ""}}));
    EXPECT_EQ(http.max_latency, 500ms);
    EXPECT_EQ(http.tls->min_days_left, 14);
    EXPECT_TRUE(http.tls->ca.ends_with("/ca.pem")) << http.tls->ca;
    EXPECT_EQ(http.headers.at("Authorization").reveal(), "Bearer t0ken");
    EXPECT_EQ(http.headers.at("Accept").reveal(), "text/plain");
}

TEST(Keys, OfChecksOfWhatRunsAreRead) {
    const auto queries =
        std::get<QueriesNotSlowerCheck>(check("queries_not_slower: { queries: { newest: select 1, total: '(VALUES "
                                              "(1))' }, ratio: 1.5, runs: 5, floor: 1s }")
                                            .what);
    EXPECT_EQ(queries.queries.at("newest"), "select 1");
    EXPECT_DOUBLE_EQ(queries.ratio, 1.5);
    EXPECT_EQ(queries.runs, 5);
    EXPECT_EQ(queries.floor, 1s);
    const auto plain = std::get<QueriesNotSlowerCheck>(check("queries_not_slower: { queries: { a: select 1 } }").what);
    EXPECT_DOUBLE_EQ(plain.ratio, QueriesNotSlowerCheck().ratio);
    EXPECT_EQ(plain.runs, QueriesNotSlowerCheck().runs);
    EXPECT_EQ(plain.floor, QueriesNotSlowerCheck().floor);
    const auto lag = std::get<ReplicationLagCheck>(
        check("replication_lag: { max: 10s, max_bytes: 1MB, slots: true, expect_replicas: 2 }").what);
    EXPECT_EQ(lag.max, 10s);
    EXPECT_EQ(lag.max_bytes, 1ULL << 20U);
    EXPECT_TRUE(lag.slots);
    EXPECT_EQ(lag.expect_replicas, 2U);
    EXPECT_FALSE(std::get<ReplicationLagCheck>(check("replication_lag: { max: 10s }").what).expect_replicas);
    EXPECT_EQ(std::get<NoLongLocksCheck>(check("no_long_locks: { max: 5s }").what).max, 5s);
}

TEST(Keys, OfEveryCheckSayHowOftenItIsAsked) {
    const Window window = check("no_pending_migrations: { within: 60s, for: 2m, every: 500ms }").window;
    EXPECT_EQ(window.within, 60s);
    EXPECT_EQ(window.lasting, 2min);
    EXPECT_EQ(window.every, 500ms);
    EXPECT_FALSE(check("no_pending_migrations").window.every);
    EXPECT_EQ(check("http: { url: 'http://a', within: 0s }").window.within, 0s);
}

TEST(Keys, OfVerifyAreRead) {
    const VerifySettings verify = with_line(12,
                                            "      jobs: 3\n      evidence: rows\n      junit: out/verify.xml\n      "
                                            "on_unknown: rollback\n      checks:")
                                      .verify;
    EXPECT_EQ(verify.jobs, 3);
    EXPECT_TRUE(verify.evidence_rows);
    EXPECT_EQ(verify.junit, "out/verify.xml");
    EXPECT_EQ(verify.on_unknown, OnFailure::rollback);
    EXPECT_EQ(read(small_pipeline()).verify.jobs, VerifySettings().jobs);
    EXPECT_FALSE(read(small_pipeline()).verify.evidence_rows);
}

TEST(Keys, ExpectIsKeptAsWritten) {
    for (const std::string text : {"0", "1.50", "t", "true", "''", "'a b'", "~x"}) {
        const auto sql = std::get<SqlCheck>(check("sql: { query: select 1, expect: " + text + " }").what);
        const bool quotes = text.front() == '\'';
        EXPECT_EQ(sql.expect, quotes ? text.substr(1, text.size() - 2) : text);
    }
}

TEST(Keys, NotGivenReadAsTheDefaultsOfThePipeline) {
    const Pipeline read_in = read(small_pipeline());
    const Pipeline plain;
    EXPECT_EQ(read_in.git.revision, plain.git.revision);
    EXPECT_EQ(read_in.git.branch, plain.git.branch);
    EXPECT_EQ(read_in.git.remote, plain.git.remote);
    EXPECT_EQ(read_in.git.on_rollback, plain.git.on_rollback);
    EXPECT_EQ(read_in.git.good_ref, plain.git.good_ref);
    EXPECT_FALSE(read_in.git.token);
    EXPECT_EQ(read_in.database.maintenance_database, plain.database.maintenance_database);
    EXPECT_EQ(read_in.database.app_roles, plain.database.app_roles);
    EXPECT_EQ(read_in.writes, plain.writes);
    EXPECT_EQ(read_in.fence_deadline, plain.fence_deadline);
    EXPECT_EQ(read_in.expires, plain.expires);
    EXPECT_EQ(read_in.platform, plain.platform);
    EXPECT_FALSE(read_in.deploy);
}

TEST(Keys, NotGivenReadAsTheDefaultsOfTheSteps) {
    const Pipeline read_in = read(small_pipeline());
    const CaptureSettings capture;
    EXPECT_EQ(read_in.capture.engine, capture.engine);
    EXPECT_EQ(read_in.capture.jobs, capture.jobs);
    EXPECT_EQ(read_in.capture.compress, capture.compress);
    EXPECT_EQ(read_in.capture.prove, capture.prove);
    EXPECT_EQ(read_in.capture.prove_jobs, capture.prove_jobs);
    EXPECT_EQ(read_in.capture.keep_standby, capture.keep_standby);
    EXPECT_EQ(read_in.capture.disk_limit, capture.disk_limit);
    EXPECT_EQ(read_in.capture.keep_last, capture.keep_last);
    EXPECT_EQ(read_in.capture.keep_for, capture.keep_for);
    const MigrateSettings migrate;
    EXPECT_EQ(read_in.migrate.directory, migrate.directory);
    EXPECT_EQ(read_in.migrate.program, migrate.program);
    EXPECT_EQ(read_in.migrate.backfill_lock_timeout, migrate.backfill_lock_timeout);
    EXPECT_EQ(read_in.migrate.retry_for, migrate.retry_for);
    EXPECT_EQ(read_in.migrate.max_queue, migrate.max_queue);
    EXPECT_EQ(read_in.migrate.remove_invalid_indexes, migrate.remove_invalid_indexes);
    EXPECT_EQ(read_in.migrate.prepare, migrate.prepare);
    EXPECT_EQ(read_in.migrate.carry, migrate.carry);
    EXPECT_EQ(read_in.migrate.lock_timeout, migrate.lock_timeout);
    EXPECT_EQ(read_in.migrate.statement_timeout, migrate.statement_timeout);
    EXPECT_EQ(read_in.migrate.timeout, migrate.timeout);
    EXPECT_EQ(read_in.migrate.max_age, migrate.max_age);
    const RollbackSettings rollback;
    EXPECT_EQ(read_in.rollback.max_lost, rollback.max_lost);
    EXPECT_EQ(read_in.rollback.keep_failed, rollback.keep_failed);
    EXPECT_EQ(read_in.rollback.sequence_margin, rollback.sequence_margin);
    EXPECT_EQ(read_in.rollback.before_open, rollback.before_open);
    EXPECT_EQ(read_in.verify.checks.at(0).timeout, CheckSettings().timeout);
}

TEST(Steps, AreThoseTheFileLists) {
    const Pipeline pipeline = read(replace_line(k_from_line_6, "steps: [backup-capture, rollback:]\n"));
    EXPECT_EQ(pipeline.steps, (std::vector<std::string>{"backup-capture", "rollback"}));
    EXPECT_TRUE(pipeline.has_step("rollback"));
    EXPECT_FALSE(pipeline.has_step("migrate"));
}

}  // namespace
}  // namespace lastgood::test
