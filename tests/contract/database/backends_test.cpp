#include "database/backends.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <csignal>
#include <future>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

class Backends : public testing::Test {
  protected:
    Session open(const std::string& name, const std::string& database = "postgres",
                 const std::string& role = "postgres") {
        return {ConnectionUrl(Secret(m_cluster.url(database, role))), name, m_interruption};
    }

    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    Interruption m_interruption;
};

TEST_F(Backends, CarryANameThatFits) {
    const std::string name = work_name("shop/production", "github-1", "capture");
    EXPECT_TRUE(name.starts_with(work_prefix("shop/production")));
    EXPECT_TRUE(name.ends_with("/capture"));
    EXPECT_LE(name.size(), 63U);
    EXPECT_NE(work_prefix("shop/production"), work_prefix("shop/staging"));
    EXPECT_THROW(work_name("s", "r", std::string(60, 'x')), std::logic_error);
}

TEST_F(Backends, OfADatabaseAreListedWithoutTheOneThatAsks) {
    const std::string database = m_cluster.create_database();
    Session asking = open("asking", database);
    Session other = open("other", database);
    const auto found = backends_of_database(asking, database);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].pid, other.backend_pid());
    EXPECT_EQ(found[0].application, "other");
    EXPECT_EQ(found[0].role, "postgres");
    EXPECT_EQ(found[0].address, "127.0.0.1");
    EXPECT_EQ(found[0].state, "idle");
}

TEST_F(Backends, LeftBehindAreEndedAndWaitedFor) {
    const std::string prefix = work_prefix("left/behind");
    Session left = open(work_name("left/behind", "old", "migrate"));
    Session kept = open(work_name("left/behind", "new", "capture"));
    Session lock = open(work_name("left/behind", "old", "lock"));
    Session watchdog = open(work_name("left/behind", "old", "watchdog"));
    Session other = open(work_name("other/scope", "old", "migrate"));
    auto statement = std::async(std::launch::async, [&left] { left.execute("select pg_sleep(600)"); });
    Session asking = open("asking");
    EXPECT_EQ(end_leftover_backends(asking, prefix, {kept.backend_pid()}, 30s, m_interruption), 1);
    EXPECT_THROW(statement.get(), DatabaseError);
    for (Session* untouched : {&kept, &lock, &watchdog, &other}) EXPECT_TRUE(untouched->alive());
    EXPECT_EQ(end_leftover_backends(asking, prefix, {kept.backend_pid()}, 30s, m_interruption), 0);
}

TEST_F(Backends, ThatStayLeaveTheOutcomeInDoubt) {
    m_cluster.sql("postgres", "create role backends_weak login");
    Session left = open(work_name("stays", "old", "migrate"));
    Session asking = open("asking", "postgres", "backends_weak");
    try {
        end_leftover_backends(asking, work_prefix("stays"), {}, 100ms, m_interruption);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::in_doubt);
        EXPECT_NE(failure.next().find(std::to_string(left.backend_pid())), std::string::npos);
    }
    m_cluster.sql("postgres", "drop role backends_weak");
}

TEST_F(Backends, ThatMayNotBeEndedDoNotSaveTheOthers) {
    const std::string database = m_cluster.create_database();
    m_cluster.sql(
        "postgres",
        "create role backends_owner login; create role backends_app login; grant backends_app to backends_owner");
    Session monitoring = open("monitoring", database);
    Session application = open("application", database, "backends_app");
    {
        Session owner = open("owner", "postgres", "backends_owner");
        const auto untouchable = untouchable_backends(owner, database);
        ASSERT_EQ(untouchable.size(), 1U);
        EXPECT_EQ(untouchable[0].pid, monitoring.backend_pid());
        const auto left = end_backends(owner, database, {}, 300ms);
        ASSERT_EQ(left.size(), 1U);
        EXPECT_EQ(left[0].pid, monitoring.backend_pid());
        EXPECT_FALSE(application.alive());
        EXPECT_TRUE(end_backends(owner, database, {monitoring.backend_pid()}, 30s).empty());
    }
    Session superuser = open("superuser");
    EXPECT_TRUE(untouchable_backends(superuser, database).empty());
    EXPECT_TRUE(end_backends(superuser, database, {}, 30s).empty());
    m_cluster.sql("postgres", "drop role backends_app; drop role backends_owner");
}

}  // namespace
}  // namespace lastgood
