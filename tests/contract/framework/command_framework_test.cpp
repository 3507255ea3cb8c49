#include "projects.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

class CommandFramework : public testing::Test {
  protected:
    void SetUp() override {
        m_world.settings.framework = "command";
        m_project.begin(m_world);
        m_project.add(m_world, 1, "create table person (id int primary key)", "");
        m_project.add(m_world, 2, "alter table person add column name text", "");
        m_world.settings.pending.clear();
    }
    Migrations migrations() { return m_world.framework("command")->migrations(); }

    FrameworkWorld m_world;
    Project m_project = command_project();
};

TEST_F(CommandFramework, MigratesAlsoWhereNobodySaysWhatIsPending) {
    EXPECT_FALSE(migrations().pending_known);
    EXPECT_EQ(m_world.migrate("command").result.done, (Names{"1-person", "2-name"}));
    EXPECT_TRUE(m_world.migrate("command").result.done.empty());
}

TEST_F(CommandFramework, PromisesNothingOfAFailureOfWhichNothingIsKnown) {
    m_project.add(m_world, 2, "alter table missing add column name text", "");
    auto failure = failure_of([&] { m_world.migrate("command"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_TRUE(failure.what_happened().starts_with("1 applied, then the migrator failed: "))
        << failure.what_happened();
    failure = failure_of([&] { m_world.migrate("command"); });
    EXPECT_EQ(failure.code(), ExitCode::failed_changed);
    EXPECT_TRUE(failure.changed().starts_with("not known: the migrator")) << failure.changed();
}

TEST_F(CommandFramework, RefusesAHeadsQueryThatFailsOrChangesSomething) {
    m_world.settings.heads = "select nonsense";
    auto failure = failure_of([&] { migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "migrate.heads failed: column \"nonsense\" does not exist");
    m_world.settings.heads = "create table made_by_asking ()";
    failure = failure_of([&] { migrations(); });
    EXPECT_NE(failure.what_happened().find("read-only transaction"), std::string::npos) << failure.what_happened();
}

TEST_F(CommandFramework, CutsWhatGoesIntoMessagesAndRefusesAnAnswerWithoutEnd) {
    m_world.write("flood.sh", "head -c 30000000 /dev/zero | tr '\\0' x >&2; exit 1");
    m_world.settings.program = {"bash", "flood.sh"};
    auto failure = failure_of([&] { m_world.migrate("command"); });
    EXPECT_LT(failure.what_happened().size(), 9000U);
    EXPECT_LT(failure.detail().size(), 9000U);
    EXPECT_TRUE(failure.detail().ends_with("x [...]"));
    m_world.write("endless.sh", "yes");
    m_world.settings.pending = {"bash", "endless.sh"};
    failure = failure_of([&] { migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "\"bash\" was ended: it printed more than 64 MB");
}

TEST_F(CommandFramework, GivesTheUrlAlsoWhereItCameFromNoVariable) {
    m_world.secret.variable.clear();
    m_world.write("show.sh", "echo \"$LASTGOOD_DATABASE_URL\" | grep -o '[^/]*$'");
    m_world.settings.pending = {"bash", "show.sh"};
    EXPECT_EQ(migrations().pending, Names{m_world.database});
}

}  // namespace
}  // namespace lastgood::test
