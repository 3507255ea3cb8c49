#include "projects.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using Names = std::vector<std::string>;

class AlembicFramework : public testing::Test {
  protected:
    void SetUp() override {
        m_world.settings.framework = "alembic";
        m_project.begin(m_world);
        m_project.add(m_world, 1, "create table person (id int primary key)", "drop table person");
    }
    std::unique_ptr<Framework> alembic() { return m_world.framework("alembic"); }

    FrameworkWorld m_world;
    Project m_project = alembic_project();
};

TEST_F(AlembicFramework, TellsWhatOfTheModelsNoMigrationDescribesOnceNothingIsPending) {
    EXPECT_EQ(alembic()->model_changes(), std::nullopt);  // no models
    m_world.write("models.py", R"py(
from sqlalchemy import Column, Integer, MetaData, Table, Text
metadata = MetaData()
Table('person', metadata, Column('id', Integer, primary_key=True), Column('name', Text, unique=True))
)py");
    EXPECT_EQ(alembic()->model_changes(), std::nullopt);  // c1f00d is pending
    m_world.migrate("alembic");
    EXPECT_EQ(alembic()->model_changes(), (Names{"add column person.name", "add constraint person"}));
    m_project.add(m_world, 2, "alter table person add column name text unique", "");
    m_world.migrate("alembic");
    EXPECT_EQ(alembic()->model_changes(), Names{});
}

TEST_F(AlembicFramework, SeesThatAMigrationCommitsOnItsWay) {
    m_world.write("migrations/versions/name.py", R"py(
from alembic import op
revision = 'a2f00d'
down_revision = 'c1f00d'
def upgrade():
    with op.get_context().autocommit_block():
        op.execute("create index concurrently person_id on person (id)")
def downgrade():
    """Nothing."""
)py");
    const auto described = alembic()->describe({"c1f00d", "a2f00d"});
    EXPECT_EQ(described[0].one_transaction, std::optional(true));
    EXPECT_EQ(described[1].one_transaction, std::optional(false));
    EXPECT_FALSE(described[1].way_down);
    EXPECT_EQ(m_world.migrate("alembic").result.done, (Names{"c1f00d", "a2f00d"}));
}

TEST_F(AlembicFramework, RunsBranchesAndWhatJoinsThem) {
    const auto revision = [&](const std::string& name, const std::string& parents, const std::string& sql) {
        m_world.write("migrations/versions/" + name + ".py",
                      "from alembic import op\nrevision = '" + name + "'\ndown_revision = " + parents +
                          "\ndef upgrade():\n    op.execute(\"" + sql + "\")\ndef downgrade():\n    pass\n");
    };
    revision("left01", "'c1f00d'", "create table l ()");
    revision("right1", "'c1f00d'", "create table r ()");
    revision("join01", "('left01', 'right1')", "select 1");
    const auto migrator = alembic();
    const Migrations before = migrator->migrations();
    ASSERT_EQ(before.pending.size(), 4U);
    EXPECT_EQ(before.pending.back(), "join01");
    EXPECT_EQ(migrator->describe(before.pending).back().sql, std::nullopt);
    const auto result = migrator->migrate({before, m_world.context().limits(), before.pending[2]});
    EXPECT_EQ(result.done.size(), 3U);
    EXPECT_EQ(migrator->migrations().pending, Names{"join01"});
    EXPECT_EQ(m_world.migrate("alembic").result.done, Names{"join01"});
}

TEST_F(AlembicFramework, RefusesADatabaseOfANewerRelease) {
    m_world.migrate("alembic");
    m_world.sql("update alembic_version set version_num = 'beyond'");
    const auto failure = failure_of([&] { alembic()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.what_happened().find("Can't locate revision identified by 'beyond'"), std::string::npos)
        << failure.what_happened();
}

TEST_F(AlembicFramework, IsStartedAsTheProgramSays) {
    m_world.settings.program = {"/usr/bin/python3", "-m", "alembic", "-c", "alembic.ini"};
    EXPECT_EQ(alembic()->migrations().pending, Names{"c1f00d"});
    m_world.settings.program = {"/usr/bin/python3", "-S", "-m", "alembic"};  // -S: no site-packages
    auto failure = failure_of([&] { alembic()->migrations(); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_NE(failure.next().find("prepare:"), std::string::npos) << failure.next();
    m_world.settings.program = {"there/is/no/alembic"};
    failure = failure_of([&] { alembic()->migrations(); });
    EXPECT_EQ(failure.what_happened(),
              "there is no program \"there/is/no/alembic\" in \"shop\" of revision 0123456789ab");
}

}  // namespace
}  // namespace lastgood::test
