#include "database/server.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

class MigrationObstacles : public testing::Test {
  protected:
    Session open(const std::string& role = "postgres", const std::string& name = "test") {
        return {ConnectionUrl(Secret(m_cluster.url(m_database, role))), name, m_interruption};
    }
    static std::string sentence(const std::vector<Obstacle>& found, const std::string& id) {
        const auto obstacle = std::find_if(found.begin(), found.end(), [&](const auto& each) { return each.id == id; });
        return obstacle == found.end() ? "" : obstacle->sentence;
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    std::string m_database = m_cluster.create_database();
    Interruption m_interruption;
};

TEST_F(MigrationObstacles, AreNoneInAQuietDatabase) {
    m_cluster.sql(m_database, "create table t (a int primary key)");
    Session session = open();
    for (const Obstacle& obstacle : migration_obstacles(session))
        ADD_FAILURE() << obstacle.id << ": " << obstacle.sentence;
}

TEST_F(MigrationObstacles, NameAnOldTransactionAndItsTables) {
    m_cluster.sql(m_database, "create table orders (a int); create table notes (a int)");
    Session other = open("postgres", "reports");
    other.execute("begin; select * from orders, notes");
    Session session = open();
    const auto found = migration_obstacles(session, {.old_transaction = std::chrono::seconds(0)});
    const std::string said = sentence(found, "old_transactions");
    EXPECT_NE(said.find("application \"reports\""), std::string::npos) << said;
    EXPECT_NE(said.find("idle in transaction"), std::string::npos) << said;
    EXPECT_NE(said.find("with locks on notes, orders"), std::string::npos) << said;
    EXPECT_EQ(sentence(migration_obstacles(session), "old_transactions"), "");  // not a minute old
}

TEST_F(MigrationObstacles, NameADumpByWhatItHoldsOrByItsName) {
    m_cluster.sql(m_database, "create table a (); create table b (); create table c ()");
    Session other = open("postgres", "nightly");
    other.execute("begin; lock table a, b, c in access share mode");
    Session session = open();
    EXPECT_EQ(sentence(migration_obstacles(session), "dumps"), "");
    const std::string said = sentence(migration_obstacles(session, {.tables_of_a_dump = 3}), "dumps");
    EXPECT_NE(said.find("has held locks on 3 tables"), std::string::npos) << said;
    other.execute("set application_name = 'pg_dump'");
    EXPECT_NE(sentence(migration_obstacles(session), "dumps"), "");
}

TEST_F(MigrationObstacles, NameAnInvalidIndex) {
    m_cluster.sql(m_database, "create table t (a int); insert into t values (1), (1)");
    EXPECT_THROW(m_cluster.sql(m_database, "create unique index concurrently broken on t (a)"), std::runtime_error);
    Session session = open();
    EXPECT_NE(sentence(migration_obstacles(session), "invalid_indexes").find("public.broken on public.t"),
              std::string::npos);
}

TEST_F(MigrationObstacles, NameTablesOfAnotherOwner) {
    m_cluster.sql(m_database,
                  "create role migrator_of_some login; create table mine (a int); create table theirs (a int);"
                  "alter table mine owner to migrator_of_some");
    {
        Session session = open("migrator_of_some");
        EXPECT_EQ(
            sentence(migration_obstacles(session), "not_ours"),
            "role \"migrator_of_some\" does not own 1 table (public.theirs): a migration of its schema fails there");
    }
    m_cluster.sql(m_database, "drop owned by migrator_of_some; drop role migrator_of_some");
}

TEST_F(MigrationObstacles, NameASlotThatKeepsMuchOnTheDisk) {
    m_cluster.sql(m_database,
                  "select pg_create_physical_replication_slot('forgotten', true);"
                  "create table t as select generate_series(1, 10000) as a");
    Session session = open();
    const std::string said = sentence(migration_obstacles(session, {.much_wal = 100}), "lagging_slots");
    m_cluster.sql(m_database, "select pg_drop_replication_slot('forgotten')");
    EXPECT_NE(said.find("\"forgotten\" (not in use)"), std::string::npos) << said;
}

}  // namespace
}  // namespace lastgood
