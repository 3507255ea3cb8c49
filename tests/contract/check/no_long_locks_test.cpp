#include "check_world.hpp"

#include <future>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

class NoLongLocks : public testing::Test {
  protected:
    CheckResult run(Milliseconds max = 1ms) { return m_world.run("no_long_locks", NoLongLocksCheck{max}); }
    Session open(const std::string& application) { return {m_world.context.url, application, m_world.interruption}; }
    /// Until that many wait.
    void wait_for_waiters(const std::string& count) {
        while (m_world.sql("select count(*) from pg_locks where not granted") != count) {
        }
    }
    CheckWorld m_world;
};

TEST_F(NoLongLocks, NamesWhoWaitsAndWhoHolds) {
    m_world.sql("create table orders (id int, who text); insert into orders values (1, 'alice')");
    EXPECT_EQ(run().verdict, Verdict::passed);
    Session holder = open("reports");
    holder.execute("begin; lock table orders in access exclusive mode; select 'alice' as held");
    Session waiter = open("web");
    auto waiting = std::async(std::launch::async, [&] { waiter.execute("delete from orders where who = 'alice'"); });
    wait_for_waiters("1");
    while (run().verdict != Verdict::failed) ASSERT_EQ(waiting.wait_for(0ms), std::future_status::timeout);
    const auto result = run();
    EXPECT_EQ(result.reason.find("alice"), std::string::npos) << result.reason;
    EXPECT_TRUE(
        result.reason.starts_with("pid " + std::to_string(waiter.backend_pid()) + " (application \"web\") has waited "))
        << result.reason;
    EXPECT_NE(result.reason.find(" for public.orders: delete from orders where who = ?; held by pid " +
                                 std::to_string(holder.backend_pid()) +
                                 " (idle in transaction, application \"reports\"): begin;"),
              std::string::npos)
        << result.reason;
    EXPECT_EQ(run(1h).verdict, Verdict::passed);
    holder.execute("commit");
    waiting.get();
    EXPECT_EQ(run().verdict, Verdict::passed);
}

TEST_F(NoLongLocks, SeesWhoWaitsForARowAndNotWhoWaitsForAnAdvisoryLock) {
    m_world.sql("create table orders (id int); insert into orders values (1)");
    Session holder = open("reports");
    holder.execute("begin; select pg_advisory_lock(1); update orders set id = 2");
    Session waiter = open("web");
    Session leader = open("leader");
    auto leading = std::async(std::launch::async, [&] { leader.execute("select pg_advisory_lock(1)"); });
    wait_for_waiters("1");
    EXPECT_EQ(run().verdict, Verdict::passed) << run().reason;
    auto waiting = std::async(std::launch::async, [&] { waiter.execute("update orders set id = 3"); });
    wait_for_waiters("2");
    while (run().verdict != Verdict::failed) ASSERT_EQ(waiting.wait_for(0ms), std::future_status::timeout);
    EXPECT_NE(run().reason.find("for a row that another transaction changed"), std::string::npos) << run().reason;
    holder.execute("commit; select pg_advisory_unlock_all()");
    waiting.get();
    leading.get();
}

}  // namespace
}  // namespace lastgood::test
