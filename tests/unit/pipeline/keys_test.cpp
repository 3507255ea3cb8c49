#include "pipeline_text.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

Pipeline with_line(int line, const std::string& replacement) {
    return read(replace_line(line, replacement));
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
    EXPECT_EQ(http.expect_status, 204);
    EXPECT_EQ(http.expect_body, "ok");
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
    const VerifySettings verify =
        with_line(12, "      jobs: 3\n      evidence: rows\n      on_unknown: rollback\n      checks:").verify;
    EXPECT_EQ(verify.jobs, 3);
    EXPECT_TRUE(verify.evidence_rows);
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
