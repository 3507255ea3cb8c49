#include "pipeline_text.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

/// The example of the design, whose keys are an interface.
const char* const k_example = R"(# yaml-language-server: $schema=./pipelines/schema/pipeline.schema.json
format: 1
name: learning-timeline-api
environment: production
store: file:/var/lib/lastgood
git:
  revision: HEAD
  branch: main
  on_rollback: revert
  good_ref: refs/lastgood/production
  token: ${GITHUB_TOKEN}
database:
  url: ${DATABASE_URL}
  maintenance_database: postgres
writes: open
platform: plain
deploy: { run: [./deploy.sh], when: after_migrate }
steps:
  - backup-capture: { engine: pg_dump, prove: restore, standby: keep, disk_limit: 40GB, keep: { last: 7, days: 30 } }
  - migrate: { framework: django, directory: ., prepare: [pip, install, -r, requirements.txt], lock_timeout: 2s, on_failure: rollback }
  - verify:
      checks:
        - no_pending_migrations: {}
        - rows_not_lost: { except: [django_session] }
        - sql: { query: "select count(*) from course where title is null", expect: 0 }
        - http: { url: "${APP_URL}/health", expect_status: 200, within: 60s }
        - command: { run: [python, manage.py, check, --deploy] }
      on_failure: rollback
  - rollback: { max_lost: 0, keep_failed: 3d }
)";

Pipeline example() {
    auto variables = small_environment();
    variables["GITHUB_TOKEN"] = "ghs_0123456789";
    variables["APP_URL"] = "https://app.example";
    return read(k_example, variables);
}

TEST(ExamplePipeline, SaysWhatIsReleasedAndWhere) {
    const Pipeline pipeline = example();
    EXPECT_EQ(pipeline.name, "learning-timeline-api");
    EXPECT_EQ(pipeline.environment, "production");
    EXPECT_EQ(pipeline.scope(), "learning-timeline-api/production");
    EXPECT_EQ(pipeline.store, "file:/var/lib/lastgood");
    EXPECT_EQ(pipeline.place.text(), "lastgood.yaml:2:1");
    EXPECT_EQ(pipeline.git.revision, "HEAD");
    EXPECT_EQ(pipeline.git.branch, "main");
    EXPECT_EQ(pipeline.git.remote, "origin");
    EXPECT_EQ(pipeline.git.on_rollback, OnRollback::revert);
    EXPECT_EQ(pipeline.git.good_ref, "refs/lastgood/production");
    ASSERT_TRUE(pipeline.git.token);
    EXPECT_EQ(pipeline.git.token->value.reveal(), "ghs_0123456789");
    EXPECT_EQ(pipeline.git.token->variable, "GITHUB_TOKEN");
    EXPECT_EQ(pipeline.database.url.value.reveal(), small_environment()["DATABASE_URL"]);
    EXPECT_EQ(pipeline.database.url.variable, "DATABASE_URL");
    EXPECT_FALSE(pipeline.database.admin_url);
    EXPECT_EQ(pipeline.database.maintenance_database, "postgres");
    EXPECT_EQ(pipeline.writes, Writes::open);
    EXPECT_EQ(pipeline.platform, "plain");
    ASSERT_TRUE(pipeline.deploy);
    EXPECT_EQ(pipeline.deploy->run, Argv{"./deploy.sh"});
    EXPECT_EQ(pipeline.deploy->when, Deploy::When::after_migrate);
    EXPECT_EQ(pipeline.deploy->timeout, 15min);
}

TEST(ExamplePipeline, SaysHowItsStepsWork) {
    const Pipeline pipeline = example();
    EXPECT_EQ(pipeline.steps, (std::vector<std::string>{"backup-capture", "migrate", "verify", "rollback"}));
    EXPECT_EQ(pipeline.capture.engine, "pg_dump");
    EXPECT_EQ(pipeline.capture.prove, Prove::restore);
    EXPECT_TRUE(pipeline.capture.keep_standby);
    EXPECT_EQ(pipeline.capture.disk_limit, 40ULL << 30U);
    EXPECT_EQ(pipeline.capture.keep_last, 7);
    EXPECT_EQ(pipeline.capture.keep_for, 24h * 30);
    EXPECT_EQ(pipeline.capture.on_failure, OnFailure::stop);
    EXPECT_EQ(pipeline.migrate.framework, "django");
    EXPECT_EQ(pipeline.migrate.directory, ".");
    EXPECT_EQ(pipeline.migrate.prepare, (Argv{"pip", "install", "-r", "requirements.txt"}));
    EXPECT_EQ(pipeline.migrate.lock_timeout, 2s);
    EXPECT_EQ(pipeline.migrate.on_failure, OnFailure::rollback);
    EXPECT_EQ(pipeline.verify.on_failure, OnFailure::rollback);
    EXPECT_EQ(pipeline.verify.on_unknown, OnFailure::stop);
    EXPECT_EQ(pipeline.rollback.max_lost, 0U);
    EXPECT_EQ(pipeline.rollback.keep_failed, 72h);
}

TEST(ExamplePipeline, SaysWhatVerifyAsks) {
    const std::vector<CheckSettings> checks = example().verify.checks;
    ASSERT_EQ(checks.size(), 5U);
    EXPECT_EQ(checks[0].name, "no_pending_migrations");
    EXPECT_TRUE(std::holds_alternative<NoPendingMigrationsCheck>(checks[0].what));
    EXPECT_EQ(checks[0].place.text(), "lastgood.yaml:23:11");
    const auto& rows = std::get<RowsNotLostCheck>(checks[1].what);
    EXPECT_EQ(rows.except, std::vector<std::string>{"django_session"});
    EXPECT_FALSE(rows.tolerance);
    EXPECT_TRUE(rows.per_table.empty());
    const auto& sql = std::get<SqlCheck>(checks[2].what);
    EXPECT_EQ(sql.query, "select count(*) from course where title is null");
    EXPECT_EQ(sql.expect, "0");
    const auto& http = std::get<HttpCheck>(checks[3].what);
    EXPECT_EQ(http.url, "https://app.example/health");
    EXPECT_EQ(http.expect_status, std::vector<long>{200});
    EXPECT_EQ(checks[3].window.within, 60s);
    const auto& command = std::get<CommandCheck>(checks[4].what);
    EXPECT_EQ(command.run, (Argv{"python", "manage.py", "check", "--deploy"}));
    EXPECT_EQ(checks[0].timeout, 60s);
    EXPECT_EQ(checks[1].timeout, 10min);
    EXPECT_EQ(checks[3].timeout, 10s);
    EXPECT_EQ(checks[0].window.within, 0s);
}

}  // namespace
}  // namespace lastgood::test
