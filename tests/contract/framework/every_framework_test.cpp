#include "projects.hpp"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

constexpr const char* k_person = "create table person (id int primary key)";
constexpr const char* k_name = "alter table person add column name text";
constexpr const char* k_more =
    "create table more as select current_setting('lock_timeout') as lock_timeout, "
    "current_setting('application_name') as application_name";
constexpr const char* k_broken = "alter table missing add column name text";
constexpr const char* k_anything =
    "select count(*) from pg_class where relnamespace in (select oid from pg_namespace "
    "where nspname !~ '^(pg_|information_schema)')";

class EveryFramework : public testing::TestWithParam<Project> {
  protected:
    void SetUp() override {
        m_world.settings.framework = project().framework;
        project().begin(m_world);
        add(1, k_person, "drop table person");
        add(2, k_name, "alter table person drop column name");
        add(3, k_more, "drop table more");
    }
    const Project& project() const { return GetParam(); }
    void add(int number, const std::string& up, const std::string& down) { project().add(m_world, number, up, down); }
    std::unique_ptr<Framework> framework() { return m_world.framework(project().framework); }
    MigrateResult migrate() { return m_world.migrate(project().framework).result; }
    void go_down(const Names& applied) { m_world.go_down(project().framework, applied); }
    /// The first `count` migrations, as `applied` has them.
    Names first(std::size_t count) const {
        Names names(project().names.begin(), project().names.begin() + static_cast<long>(count));
        std::sort(names.begin(), names.end());
        return names;
    }

    FrameworkWorld m_world;
};

TEST_P(EveryFramework, SaysWhatIsPendingAndChangesNothingByIt) {
    const auto migrator = framework();
    const auto migrations = migrator->migrations();
    EXPECT_TRUE(migrations.applied.empty());
    EXPECT_EQ(migrations.pending, project().names);
    EXPECT_EQ(migrator->describe(migrations.pending).size(), 3U);
    migrator->guard_seen();
    migrator->model_changes();
    EXPECT_EQ(m_world.sql(k_anything), "0");
}

TEST_P(EveryFramework, MigratesInOrderAndHasNothingPendingThen) {
    EXPECT_EQ(migrate().done, project().names);
    const auto migrations = framework()->migrations();
    EXPECT_EQ(migrations.applied, first(3));
    EXPECT_TRUE(migrations.pending.empty());
    EXPECT_TRUE(migrate().done.empty());
}

TEST_P(EveryFramework, SaysWhatAMigrationIsBeforeItRuns) {
    const auto described = framework()->describe(project().names);
    ASSERT_EQ(described.size(), 3U);
    EXPECT_EQ(described[1].name, project().names[1]);
    EXPECT_NE(described[1].one_transaction, std::optional(false));
    EXPECT_EQ(described[1].way_down, project().goes_down);
    EXPECT_EQ(described[1].sql.has_value(), project().prints_sql);
    if (!described[1].sql) return;
    EXPECT_NE(described[1].sql->find(k_name), std::string::npos) << *described[1].sql;
}

TEST_P(EveryFramework, MigratesUnderGuard) {
    migrate();
    EXPECT_EQ(m_world.sql("select lock_timeout, application_name from more"),
              "500ms|lastgood/11111111/22222222/migrate");
}

TEST_P(EveryFramework, SeesTheGuardThroughItsOwnConnection) {
    const auto seen = framework()->guard_seen();
    EXPECT_EQ(seen.known, project().guard_seen);
    if (!seen.known) return;
    EXPECT_EQ(seen.lock_timeout, "500ms");
    EXPECT_EQ(seen.application_name, "lastgood/11111111/22222222/migrate");
    EXPECT_EQ(seen.database, m_world.database);
    EXPECT_NE(seen.database_oid, 0U);
    EXPECT_FALSE(seen.system_identifier.empty());
}

TEST_P(EveryFramework, SaysHowFarItCameAndGoesOnAfterACorrection) {
    add(2, k_broken, "select 1");
    const auto failure = failure_of([&] { migrate(); });
    const std::size_t done = project().all_in_one_transaction ? 0 : 1;
    EXPECT_EQ(failure.code(), done == 0 ? ExitCode::failed_clean : ExitCode::failed_changed);
    const std::string begin =
        std::to_string(done) + " of 3 migrations applied, then \"" + project().names[1] + "\" failed: ";
    EXPECT_TRUE(failure.what_happened().starts_with(begin)) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("relation \"missing\" does not exist"), std::string::npos)
        << failure.what_happened();
    const auto migrations = framework()->migrations();
    EXPECT_EQ(migrations.applied, first(done));
    EXPECT_EQ(migrations.pending.size(), 3 - done);

    add(2, k_name, "alter table person drop column name");
    EXPECT_EQ(migrate().done.size(), 3 - done);
    EXPECT_EQ(framework()->migrations().applied, first(3));
}

TEST_P(EveryFramework, ChangesNothingWhereTheFirstFails) {
    add(1, k_broken, "select 1");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_TRUE(failure.what_happened().starts_with("0 of 3 migrations applied, then \"" + project().names[0]))
        << failure.what_happened();
    const bool clean = !project().makes_ledger_first && !project().promises_nothing;
    EXPECT_EQ(failure.code(), clean ? ExitCode::failed_clean : ExitCode::failed_changed) << failure.changed();
    if (project().promises_nothing) return;
    EXPECT_EQ(failure.changed().find(" made its ") != std::string::npos, project().makes_ledger_first)
        << failure.changed();
    const auto again = failure_of([&] { migrate(); });
    EXPECT_EQ(again.code(), ExitCode::failed_clean) << again.changed();
}

TEST_P(EveryFramework, GoesDownToWhatWasApplied) {
    migrate();
    if (!project().goes_down) {
        EXPECT_EQ(failure_of([&] { go_down(first(1)); }).code(), ExitCode::refused);
        return;
    }
    go_down(first(1));
    EXPECT_EQ(framework()->migrations().applied, first(1));
    EXPECT_EQ(m_world.sql("select count(*) from pg_attribute where attrelid = 'person'::regclass and attname = 'name'"),
              "0");
    EXPECT_EQ(migrate().done.size(), 2U);
    go_down({});
    EXPECT_TRUE(framework()->migrations().applied.empty());
}

TEST_P(EveryFramework, RefusesToGoDownWhereAMigrationHasNoWay) {
    add(2, k_name, "");
    migrate();
    EXPECT_EQ(failure_of([&] { go_down(first(1)); }).code(), ExitCode::refused);
    EXPECT_EQ(framework()->migrations().applied, first(3));
}

TEST_P(EveryFramework, StopsAfterANamedMigrationIfItCan) {
    const auto migrator = framework();
    if (!migrator->stepwise()) GTEST_SKIP() << "not stepwise";
    const Migrations before = migrator->migrations();
    migrator->describe(before.pending);
    const auto result = migrator->migrate({before, m_world.context().limits(), project().names[1]});
    EXPECT_EQ(result.done, (Names{project().names[0], project().names[1]}));
    EXPECT_EQ(migrator->migrations().pending, Names{project().names[2]});
}

TEST_P(EveryFramework, EndsAtALockThatAnotherHolds) {
    m_world.sql("create table other ()");
    add(3, "alter table other add column a int", "select 1");
    Session holder(m_world.url, "reports", interruption());
    holder.execute("begin; lock table other in share mode");
    const auto failure = failure_of([&] { migrate(); });
    EXPECT_NE(failure.what_happened().find("lock timeout on table \"other\""), std::string::npos)
        << failure.what_happened();
    EXPECT_NE(failure.detail().find("application \"reports\""), std::string::npos) << failure.detail();
}

TEST_P(EveryFramework, RefusesADirectoryWithoutAProject) {
    if (project().framework == "sql") GTEST_SKIP() << "a directory without files is an empty project";
    MigrateSettings settings = m_world.settings;
    FrameworkContext context = m_world.context();
    const TemporaryDirectory empty("lastgood-empty-");
    context.directory = empty.path();
    const auto failure = failure_of([&] { make_framework(project().framework, context)->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused) << failure.what_happened();
    EXPECT_NE(failure.what_happened().find("\"shop\" of revision 0123456789ab"), std::string::npos)
        << failure.what_happened();
    EXPECT_FALSE(failure.next().empty());
}

/// The cells of the framework's row in common/framework/README.md.
Names row_of_the_page(const std::string& framework) {
    std::istringstream page(read_file(LASTGOOD_SOURCE "/common/framework/README.md"));
    Names cells;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| `" + framework + "` |")) continue;
        std::istringstream row(line.substr(1));
        for (std::string cell; std::getline(row, cell, '|');) cells.push_back(cell.substr(1, cell.size() - 2));
    }
    return cells;
}

TEST_P(EveryFramework, TellsWhatThePageSays) {
    const Names page = row_of_the_page(project().framework);
    ASSERT_EQ(page.size(), 11U);
    const auto yes = [](bool can) { return std::string(can ? "yes" : "no"); };
    const auto migrator = framework();
    EXPECT_TRUE(migrator->migrations().pending_known);
    EXPECT_TRUE(page[4] != "no" || !migrator->model_changes());
    const auto described = migrator->describe(project().names);
    ASSERT_EQ(described.size(), 3U);
    EXPECT_EQ(page[5], yes(described[0].sql.has_value()));
    EXPECT_EQ(page[6], yes(described[0].one_transaction.has_value()));
    EXPECT_EQ(page[7], yes(described[0].way_down));
    EXPECT_EQ(page[8], yes(migrator->stepwise()));
    EXPECT_EQ(page[9], yes(migrator->guard_seen().known));
    EXPECT_EQ(page[10], yes(!migrate().own_transactions.empty()));
}

INSTANTIATE_TEST_SUITE_P(Frameworks, EveryFramework,
                         testing::Values(sql_project(), django_project(), alembic_project(), dbmate_project(),
                                         sqitch_project(), rails_project(), command_project()),
                         [](const auto& each) { return each.param.framework; });

}  // namespace
}  // namespace lastgood::test
