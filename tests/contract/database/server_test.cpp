#include "database/server.hpp"

#include "database/session.hpp"
#include "database/unfinished.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

class Servers : public testing::Test {
  protected:
    Session open(const std::string& database = "postgres", const std::string& role = "postgres") {
        return {ConnectionUrl(Secret(m_cluster.url(database, role))), "test", m_interruption};
    }
    static bool names(const std::vector<Obstacle>& found, const std::string& id, const std::string& word) {
        return std::any_of(found.begin(), found.end(), [&](const Obstacle& obstacle) {
            return obstacle.id == id && obstacle.sentence.find(word) != std::string::npos;
        });
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
};

TEST_F(Servers, IdentifyADatabaseWhateverItsName) {
    const std::string database = m_cluster.create_database();
    const DatabaseIdentity identity = [&] {
        Session session = open(database);
        return identify(session);
    }();
    EXPECT_EQ(identity.name, database);
    EXPECT_EQ(std::to_string(identity.oid),
              m_cluster.sql("postgres", "select oid from pg_database where datname = '" + database + "'"));
    EXPECT_EQ(identity.system_identifier,
              m_cluster.sql("postgres", "select system_identifier from pg_control_system()"));
    EXPECT_EQ(identity.address, "127.0.0.1:" + std::to_string(m_cluster.port()));
}

TEST_F(Servers, IdentifyWithoutTheRightToReadTheControlFile) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(database, "revoke execute on function pg_control_system from public; create role server_weak login");
    {
        Session session = open(database, "server_weak");
        EXPECT_EQ(identify(session).system_identifier, "");
        EXPECT_FALSE(role_facts(session).superuser);
        EXPECT_FALSE(role_facts(session).owns_database);
        EXPECT_EQ(server_free_space(session), std::nullopt);
        EXPECT_NO_THROW(obstacles(session));
    }
    m_cluster.sql(database, "drop role server_weak");
}

TEST_F(Servers, TellTimeSizeAndSnapshot) {
    Session session = open();
    EXPECT_LT(std::chrono::abs(server_time(session) - now()), std::chrono::seconds(5));
    EXPECT_GT(database_size(session, "postgres"), 1000000U);
    EXPECT_EQ(current_snapshot(session), current_snapshot(session));
    EXPECT_GT(server_free_space(session), 0U);
    const RoleFacts role = role_facts(session);
    EXPECT_EQ(role.name, "postgres");
    EXPECT_TRUE(role.superuser && role.createdb && role.may_signal_backends && role.owns_database &&
                role.reads_all_stats);
}

TEST_F(Servers, NameWhatAFailedMigrationLeaves) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(database, R"(create schema s; create table s.t (a int); insert into s.t values (1), (1);
        alter table s.t add constraint later check (a > 0) not valid;
        create domain d as int; alter domain d add constraint dc check (value > 0) not valid;)");
    EXPECT_THROW(m_cluster.sql(database, "create unique index concurrently broken on s.t (a)"), std::runtime_error);
    Session session = open(database);
    EXPECT_EQ(invalid_indexes(session), std::vector<std::string>{"s.broken on s.t"});
    const auto constraints = unfinished_constraints(session);
    ASSERT_EQ(constraints.size(), 2U);
    EXPECT_EQ(constraints[0].what, "dc on public.d");
    EXPECT_EQ(constraints[1].mend, "alter table s.t validate constraint later");
}

TEST_F(Servers, NameWhatStandsInTheWay) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(database, "create table t (a int); begin; insert into t values (1); prepare transaction 'forgotten'");
    m_cluster.sql(database,
                  "create subscription \"Sub x\" connection 'host=127.0.0.1 port=1 dbname=x' publication p with "
                  "(connect = false)");
    m_cluster.sql(database, R"(create role server_owner login; create table mine (a int);
        alter table mine enable row level security; alter table mine force row level security;
        alter table mine owner to server_owner;)");
    {
        Session session = open(database);
        const auto found = obstacles(session);
        EXPECT_TRUE(names(found, "prepared_transactions", "forgotten"));
        EXPECT_TRUE(names(found, "subscriptions", "\"Sub x\""));
        EXPECT_FALSE(names(found, "rls", ""));
        EXPECT_FALSE(names(found, "pooler", ""));
        EXPECT_FALSE(names(found, "package_mismatch", ""));
        Session owner = open(database, "server_owner");
        EXPECT_TRUE(names(obstacles(owner), "rls", "public.mine"));
    }
    m_cluster.sql(database, "rollback prepared 'forgotten'");
    m_cluster.sql(database,
                  "alter subscription \"Sub x\" set (slot_name = none); drop subscription \"Sub x\"; drop owned by "
                  "server_owner; drop role server_owner");
}

TEST_F(Servers, FindNothingInTheWayOfAPlainDatabase) {
    Session session = open(m_cluster.create_database());
    for (const Obstacle& obstacle : obstacles(session)) ADD_FAILURE() << obstacle.id << ": " << obstacle.sentence;
}

TEST_F(Servers, NameLogicalSlotsOfTheDatabase) {
    test::PostgresCluster cluster("wal_level = logical");
    cluster.sql("postgres", "select pg_create_logical_replication_slot('cdc', 'pgoutput')");
    Session session(ConnectionUrl(Secret(cluster.url())), "test", m_interruption);
    const auto found = obstacles(session);
    EXPECT_TRUE(names(found, "foreign_slots", "cdc"));
    EXPECT_TRUE(names(found, "wal_budget", "1 replication slot"));
}

}  // namespace
}  // namespace lastgood
