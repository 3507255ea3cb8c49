#include "framework/sqitch_plan.hpp"
#include "projects.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

class SqitchFramework : public testing::Test {
  protected:
    void SetUp() override {
        m_world.settings.framework = "sqitch";
        m_project.begin(m_world);
        for (int number = 1; number <= 3; ++number)
            m_project.add(m_world, number,
                          "create table " + m_project.names[static_cast<std::size_t>(number) - 1] + " ()", "select 1");
    }
    std::unique_ptr<Framework> sqitch() { return m_world.framework("sqitch"); }

    FrameworkWorld m_world;
    Project m_project = sqitch_project();
};

TEST_F(SqitchFramework, KeepsThePasswordOffEveryCommandLine) {
    m_world.write("sqitch.conf", "[core]\n\tengine = pg\n[engine \"pg\"]\n\tclient = ./client\n");
    m_world.write("client", "#!/bin/sh\necho \"$@\" >>seen\nexec psql \"$@\"\n");
    std::filesystem::permissions(m_world.directory() / "client", std::filesystem::perms::owner_all);
    const std::string plain = m_world.url.url().reveal();
    m_world.use_url("postgres://postgres:top-secret@" + plain.substr(plain.find('@') + 1));
    m_world.migrate("sqitch");
    const std::string seen = read_file(m_world.directory() / "seen");
    EXPECT_NE(seen.find("deploy/person.sql"), std::string::npos) << seen;
    EXPECT_EQ(seen.find("top-secret"), std::string::npos) << seen;
}

TEST_F(SqitchFramework, LeavesVerifyingToItsConfigurationAndPromisesNothingOfAFailedOne) {
    m_world.write("sqitch.conf", "[core]\n\tengine = pg\n[deploy]\n\tverify = true\n");
    m_world.write("verify/person.sql", "select 1/0;\n");
    const auto failure = failure_of([&] { m_world.migrate("sqitch"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_EQ(failure.changed(), "\"person\" may be applied in part");
}

TEST_F(SqitchFramework, SaysOfAScriptWithoutATransactionThatItIsNone) {
    m_world.write("deploy/name.sql", "create table name ();\nalter table name add a int;\n");
    const auto described = sqitch()->describe({"person", "name"});
    EXPECT_EQ(described[0].one_transaction, std::optional(true));
    EXPECT_EQ(described[1].one_transaction, std::optional(false));
}

TEST_F(SqitchFramework, RefusesADatabaseWithAChangeThatThePlanDoesNotHold) {
    m_world.migrate("sqitch");
    m_world.remove("sqitch.plan");
    m_world.write(
        "sqitch.plan",
        "%syntax-version=1.0.0\n%project=shop\n\nperson 2026-01-01T00:00:00Z Test <test@localhost> # A change\n");
    const auto failure = failure_of([&] { sqitch()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_TRUE(failure.what_happened().starts_with("the database has change ")) << failure.what_happened();
}

TEST(SqitchPlan, CallsAReworkedChangeByItsTag) {
    const std::string id(39, 'a');
    const SqitchPlan plan = parse_sqitch_plan("# Project: shop\n# File:    sqitch.plan\n\n" + id + "1 person \n" + id +
                                              "2 name  @v1, @v2\n" + id + "3 person \n");
    EXPECT_EQ(plan.project, "shop");
    ASSERT_EQ(plan.changes.size(), 3U);
    EXPECT_EQ(plan.changes[0].name, "person@v1");
    EXPECT_EQ(plan.changes[1].name, "name");
    EXPECT_EQ(plan.changes[2].name, "person");
    const SqitchConfig config("core.top_dir=sql\nengine.pg.registry=migrations\n");
    EXPECT_EQ(config.file("deploy", "person@v1"), "sql/deploy/person@v1.sql");
    EXPECT_EQ(config.registry(), "migrations");
    EXPECT_EQ(config.psql(), "psql");
}

}  // namespace
}  // namespace lastgood::test
