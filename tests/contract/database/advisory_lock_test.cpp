#include "database/advisory_lock.hpp"

#include "core/failure.hpp"
#include "outside/interruption.hpp"
#include "support/postgres_cluster.hpp"

#include <csignal>
#include <future>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

class AdvisoryLocks : public testing::Test {
  protected:
    test::PostgresCluster& m_cluster = test::PostgresCluster::shared();
    ConnectionUrl m_url{Secret(m_cluster.url())};
    Interruption m_interruption;
};

TEST_F(AdvisoryLocks, NameTheirHolder) {
    AdvisoryLock held(m_url, "shop/production", "lastgood/a/b/lock", 0ms, m_interruption);
    held.assert_held();
    try {
        AdvisoryLock second(m_url, "shop/production", "lastgood/a/c/lock", 0ms, m_interruption);
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::locked);
        EXPECT_NE(failure.what_happened().find("shop/production is held by \"lastgood/a/b/lock\" from 127.0.0.1"),
                  std::string::npos)
            << failure.what_happened();
    }
    AdvisoryLock other(m_url, "shop/staging", "lastgood/a/c/lock", 0ms, m_interruption);
}

TEST_F(AdvisoryLocks, GoWithTheirHolder) {
    auto held = std::make_unique<AdvisoryLock>(m_url, "shop/waited", "first", 0ms, m_interruption);
    auto waiting = std::async(std::launch::async, [this] {
        AdvisoryLock(m_url, "shop/waited", "second", 60s, m_interruption).assert_held();
    });
    while (m_cluster.sql("postgres", "select count(*) from pg_stat_activity where application_name = 'second'") !=
           "1") {
    }
    held.reset();
    EXPECT_NO_THROW(waiting.get());
}

TEST_F(AdvisoryLocks, AreNotWaitedForAfterASignal) {
    AdvisoryLock held(m_url, "shop/signal", "first", 0ms, m_interruption);
    m_interruption.request(SIGTERM);
    EXPECT_THROW(AdvisoryLock(m_url, "shop/signal", "second", 60s, m_interruption), Interrupted);
}

TEST_F(AdvisoryLocks, AreMissedWhenSomebodyEndedTheBackend) {
    AdvisoryLock held(m_url, "shop/ended", "first", 0ms, m_interruption);
    m_cluster.sql("postgres",
                  "select pg_terminate_backend(" + std::to_string(held.session().backend_pid()) + ", 5000)");
    try {
        held.assert_held();
        FAIL();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::in_doubt);
    }
}

TEST_F(AdvisoryLocks, AreMissedWhenTheyWereLetGo) {
    AdvisoryLock held(m_url, "shop/let_go", "first", 0ms, m_interruption);
    held.session().execute("select pg_advisory_unlock_all()");
    EXPECT_THROW(held.assert_held(), Failure);
}

}  // namespace
}  // namespace lastgood
