#include "check/watched.hpp"

#include "core/failure.hpp"
#include "outside/interruption.hpp"

#include <csignal>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using namespace std::chrono_literals;

/// A question whose answers are known beforehand; the last of them comes for ever.
class Watched : public testing::Test {
  protected:
    CheckResult run(const Window& window, std::vector<Verdict> answers) {
        m_asked = 0;
        return watched(
            window,
            [&, answers = std::move(answers)] {
                if (m_asked == m_interrupted_at) m_interruption.request(SIGTERM);
                CheckResult result;
                result.verdict = answers[std::min(m_asked, answers.size() - 1)];
                result.reason = "answer " + std::to_string(++m_asked);
                return result;
            },
            m_interruption);
    }
    static constexpr Verdict yes = Verdict::passed;
    static constexpr Verdict no = Verdict::failed;
    static constexpr Verdict silent = Verdict::unknown;
    static constexpr auto k_never = static_cast<std::size_t>(-1);
    std::size_t m_asked = 0;
    std::size_t m_interrupted_at = k_never;
    Interruption m_interruption;
};

TEST_F(Watched, AsksOnceWithoutAWindow) {
    for (const Verdict verdict : {yes, no, silent}) {
        const auto result = run({}, {verdict});
        EXPECT_EQ(result.verdict, verdict);
        EXPECT_EQ(result.reason, "answer 1");
        EXPECT_EQ(result.asked, 1);
    }
}

TEST_F(Watched, WaitsForTheFirstPass) {
    const auto result = run({.within = 1min, .every = 1ms}, {no, silent, no, yes, no});
    EXPECT_EQ(result.verdict, yes);
    EXPECT_EQ(result.reason, "answer 4");
    EXPECT_EQ(result.asked, 4);
}

TEST_F(Watched, CountsTheLastVerdictWhereNonePassed) {
    EXPECT_EQ(run({.within = 20ms, .every = 5ms}, {silent, no}).verdict, no);
    const auto result = run({.within = 20ms, .every = 5ms}, {no, silent});
    EXPECT_EQ(result.verdict, silent);
    EXPECT_GE(result.asked, 2);
    EXPECT_NE(result.reason.find(", asked " + std::to_string(result.asked) + " times in "), std::string::npos)
        << result.reason;
}

TEST_F(Watched, AsksAtTheEndOfTheTimeHoweverLongThePause) {
    EXPECT_EQ(run({.within = 20ms, .every = 1h}, {no, yes}).verdict, yes);
    EXPECT_EQ(run({.lasting = 20ms, .every = 1h}, {yes, no}).verdict, no);
}

TEST_F(Watched, FailsOnTheFirstFailureOfTheWindow) {
    const auto result = run({.lasting = 1min, .every = 1ms}, {yes, yes, no, yes});
    EXPECT_EQ(result.verdict, no);
    EXPECT_EQ(result.asked, 3);
    EXPECT_TRUE(result.reason.starts_with("answer 3, after ")) << result.reason;
    EXPECT_EQ(run({.lasting = 1min, .every = 1ms}, {no}).asked, 1);
}

TEST_F(Watched, PassesWhenTheWindowIsOver) {
    const auto result = run({.lasting = 20ms, .every = 2ms}, {yes});
    EXPECT_EQ(result.verdict, yes);
    EXPECT_GE(result.asked, 2);
    EXPECT_NE(result.reason.find(", watched for 20 ms"), std::string::npos) << result.reason;
}

TEST_F(Watched, ForgivesAQuestionWithoutAnAnswerButNotTheLast) {
    EXPECT_EQ(run({.lasting = 20ms, .every = 2ms}, {silent, yes}).verdict, yes);
    EXPECT_EQ(run({.lasting = 20ms, .every = 2ms}, {yes, silent}).verdict, silent);
}

TEST_F(Watched, WatchesOnlyWhatPassedBefore) {
    const Window both{.within = 1min, .lasting = 20ms, .every = 2ms};
    EXPECT_EQ(run(both, {no, no, yes}).verdict, yes);
    EXPECT_EQ(run(both, {no, yes, no}).verdict, no);
    const auto in_vain = run({.within = 10ms, .lasting = 1h, .every = 2ms}, {silent});
    EXPECT_EQ(in_vain.verdict, silent);
}

TEST_F(Watched, HearsASignalWhileItWaits) {
    m_interrupted_at = 0;
    EXPECT_THROW(run({.within = 1h, .every = 1h}, {no}), Interrupted);
}

TEST_F(Watched, HearsASignalWhileItWatches) {
    m_interrupted_at = 1;
    EXPECT_THROW(run({.lasting = 1h, .every = 1ms}, {yes}), Interrupted);
    EXPECT_EQ(m_asked, 2U);
}

}  // namespace
}  // namespace lastgood
