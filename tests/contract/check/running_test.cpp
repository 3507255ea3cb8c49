#include "check_world.hpp"
#include "core/failure.hpp"

#include <chrono>
#include <csignal>
#include <future>
#include <mutex>

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

using namespace std::chrono_literals;

class Running : public testing::Test {
  protected:
    /// Marks itself as running and waits until `count` are.
    static CheckSettings meets(int count, Milliseconds timeout) {
        return CheckWorld::settings("command",
                                    CommandCheck{{"sh", "-c",
                                                  "touch $$.runs; while [ $(ls *.runs | wc -l) -lt " +
                                                      std::to_string(count) + " ]; do sleep 0.02; done"}},
                                    timeout);
    }
    std::vector<CheckResult> run(const std::vector<CheckSettings>& list, int jobs) {
        return run_checks(list, m_world.context, jobs);
    }
    static CheckSettings shell(const std::string& script) {
        return CheckWorld::settings("command", CommandCheck{{"sh", "-c", script}});
    }
    CheckWorld m_world;
};

TEST_F(Running, AsksSideBySide) {
    const auto results = run(std::vector(4, meets(4, 60s)), 4);
    EXPECT_EQ(verdict_of(results), Verdict::passed) << results[0].reason;
}

TEST_F(Running, AsksNoMoreAtATimeThanAllowed) {
    const auto results = run(std::vector(3, meets(3, 700ms)), 2);
    EXPECT_EQ(results[0].verdict, Verdict::unknown) << "the third never ran beside the first two";
    EXPECT_EQ(results[1].verdict, Verdict::unknown);
}

TEST_F(Running, GivesTheResultsInTheOrderOfTheList) {
    std::mutex mutex;
    std::vector<std::string> ended;
    const auto results =
        run_checks({shell("while [ ! -e go ]; do sleep 0.02; done; exit 3"), shell("touch go; exit 4")},
                   m_world.context, 2, [&](const CheckResult& result) {
                       const std::lock_guard lock(mutex);
                       ended.push_back(result.reason);
                   });
    ASSERT_EQ(results.size(), 2U);
    EXPECT_EQ(results[0].reason, "sh: exit status 3");
    EXPECT_EQ(results[1].reason, "sh: exit status 4");
    EXPECT_EQ(ended.size(), 2U);
    EXPECT_TRUE(run({}, 2).empty());
}

TEST_F(Running, LetsOthersGoOnWhileACheckWaits) {
    CheckSettings waits = shell("test -e made");
    waits.window = {.within = 1min, .every = 20ms};
    const auto results = run({waits, shell("touch made")}, 1);
    EXPECT_EQ(verdict_of(results), Verdict::passed) << results[0].reason;
    EXPECT_GE(results[0].asked, 1);
}

TEST_F(Running, EndsPromptlyWhenASignalComes) {
    CheckSettings watched = CheckWorld::settings("sql", SqlCheck{"select 1", "1"});
    watched.window = {.lasting = 1h};
    const std::vector<CheckSettings> list{watched,
                                          CheckWorld::settings("sql", SqlCheck{"select pg_sleep(3600)", ""}, 2h),
                                          shell("touch begun; exec sleep 3600")};
    auto running = std::async(std::launch::async, [&] { return run(list, 3); });
    while (!std::filesystem::exists(m_world.context.work_tree / "begun") || m_world.backends("pg_sleep") == "0") {
        ASSERT_EQ(running.wait_for(10ms), std::future_status::timeout);
    }
    const auto begin = std::chrono::steady_clock::now();
    m_world.interruption.request(SIGTERM);
    EXPECT_THROW(running.get(), Interrupted);
    EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
    EXPECT_EQ(m_world.backends("pg_sleep"), "0");
}

TEST_F(Running, RedactsWhatItSays) {
    m_world.redaction.add("s3cret-word");
    m_world.pipeline.verify.evidence_rows = true;
    const auto result = m_world.run("sql", SqlCheck{"select 's3cret-word'", "other"});
    EXPECT_EQ(result.reason, "\"***\" found, \"other\" expected");
    EXPECT_EQ(result.evidence.asked, "select '***'");
    EXPECT_EQ(result.evidence.found, "\"***\"");
}

}  // namespace
}  // namespace lastgood::test
