#include "check_world.hpp"

#include <utility>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

/// A server of its own: a copy of the shared one would be a copy of everybody's databases.
class ReplicationLag : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        s_primary = new PostgresCluster;
        s_primary->sql("postgres", "create table t (x text)");
    }
    static void TearDownTestSuite() {
        delete std::exchange(s_replica, nullptr);
        delete std::exchange(s_primary, nullptr);
    }
    void SetUp() override { m_world.context.url = ConnectionUrl(Secret(s_primary->url())); }
    CheckResult run(ReplicationLagCheck check, Milliseconds timeout = 60s) {
        return m_world.run("replication_lag", check, timeout);
    }
    void write_megabytes(int count) {
        s_primary->sql("postgres", "insert into t select repeat('x', 1000) from generate_series(1, " +
                                       std::to_string(count * 1000) + ")");
    }
    /// One that tells how far it is every second, once it streams.
    static PostgresCluster& replica() {
        if (s_replica == nullptr) s_replica = new PostgresCluster(*s_primary, "wal_receiver_status_interval = 1s");
        while (s_primary->sql("postgres", "select count(*) from pg_stat_replication where state = 'streaming'") !=
               "1") {
        }
        return *s_replica;
    }
    inline static PostgresCluster* s_primary = nullptr;
    inline static PostgresCluster* s_replica = nullptr;
    CheckWorld m_world{"postgres"};
};

TEST_F(ReplicationLag, CannotBeToldWithoutAReplica) {
    EXPECT_EQ(run({.max = 1s}).verdict, Verdict::unknown);
    EXPECT_EQ(run({.max = 1s, .expect_replicas = 0}).verdict, Verdict::passed);
    EXPECT_EQ(run({.max = 1s, .expect_replicas = 1}).reason, "0 replicas are connected, 1 expected");
}

TEST_F(ReplicationLag, IsAlsoWhatASlotKeeps) {
    s_primary->sql("postgres", "select pg_create_physical_replication_slot('slow', true)");
    write_megabytes(3);
    const ReplicationLagCheck check{.max = std::nullopt, .max_bytes = 1ULL << 20U, .slots = true, .expect_replicas = 0};
    const auto result = run(check);
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_TRUE(result.reason.starts_with("slot slow keeps ")) << result.reason;
    s_primary->sql("postgres", "select pg_drop_replication_slot('slow')");
    EXPECT_EQ(run(check).verdict, Verdict::passed);
}

TEST_F(ReplicationLag, IsSmallWhereAReplicaKeepsUp) {
    replica();
    write_megabytes(1);
    const auto result = run({.max = 10s});
    EXPECT_EQ(result.verdict, Verdict::passed) << result.reason;
    EXPECT_EQ(result.reason, "1 replica keeps up");
    EXPECT_EQ(run({.max = 10s, .expect_replicas = 2}).reason, "1 replica is connected, 2 expected");
}

TEST_F(ReplicationLag, IsTooGreatWhereReplayStands) {
    replica();
    EXPECT_EQ(run({.max = 10s}).verdict, Verdict::passed);
    replica().sql("postgres", "select pg_wal_replay_pause()");
    write_megabytes(3);
    const auto late = run({.max = 200ms});
    EXPECT_EQ(late.verdict, Verdict::failed);
    EXPECT_TRUE(late.reason.find(" is more than 200 ms behind, by ") != std::string::npos) << late.reason;
    EXPECT_EQ(run({.max = std::nullopt, .max_bytes = 1ULL << 20U}).verdict, Verdict::failed);
    EXPECT_EQ(run({.max = std::nullopt, .max_bytes = 1ULL << 30U}).verdict, Verdict::passed);
    EXPECT_EQ(run({.max = 10s}, 1s).reason, "a replica has not said how far it is");
    replica().sql("postgres", "select pg_wal_replay_resume()");
    EXPECT_EQ(run({.max = 30s}).verdict, Verdict::passed);
}

TEST_F(ReplicationLag, CannotBeToldWithoutTheRightToSeeIt) {
    replica();
    s_primary->sql("postgres", "create role lag_looker login");
    m_world.context.url = m_world.context.url.with("user", "lag_looker");
    EXPECT_EQ(run({.max = 1s}).verdict, Verdict::unknown);
    s_primary->sql("postgres", "grant pg_monitor to lag_looker");
    EXPECT_EQ(run({.max = 30s}).verdict, Verdict::passed);
}

}  // namespace
}  // namespace lastgood::test
