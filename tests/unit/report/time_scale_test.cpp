#include "report/time_scale.hpp"

#include <gtest/gtest.h>

namespace lastgood {

namespace {

Time at(long long seconds) {
    return Time(std::chrono::seconds(1'800'000'000 + seconds));
}

Interval step(long long begin, long long end) {
    return {Interval::Kind::step, "migrate", "migrate", "", at(begin), at(end), true, Tone::good, ""};
}

}  // namespace

TEST(ATimeScale, IsTrueWhereNobodyWaitedLong) {
    const TimeScale scale({step(0, 40), step(50, 100)});
    EXPECT_TRUE(scale.breaks().empty());
    EXPECT_DOUBLE_EQ(scale.at(at(0)), 0);
    EXPECT_DOUBLE_EQ(scale.at(at(50)), 0.5);
    EXPECT_DOUBLE_EQ(scale.at(at(100)), 1);
}

TEST(ATimeScale, CutsALongWaitAndKeepsTheRestInProportion) {
    const TimeScale scale({step(0, 10), step(7210, 7230)});
    ASSERT_EQ(scale.breaks().size(), 1U);
    EXPECT_EQ(scale.breaks()[0].lasted, std::chrono::hours(2));
    const double first = scale.at(at(10));
    EXPECT_DOUBLE_EQ(scale.at(at(7230)), 1);
    EXPECT_NEAR(1 - scale.breaks()[0].end, 2 * first, 1e-9);
    EXPECT_EQ(scale.work(), std::chrono::seconds(30));
}

TEST(ATimeScale, NeverPutsATickInsideAWait) {
    const TimeScale scale({step(0, 10), step(7210, 7230)});
    for (const Time tick : scale.ticks(4))
        EXPECT_TRUE(scale.at(tick) <= scale.breaks()[0].begin || scale.at(tick) >= scale.breaks()[0].end);
}

TEST(ATimeScale, OfNothingOrOfOneMomentIsAllZero) {
    EXPECT_DOUBLE_EQ(TimeScale({}).at(at(5)), 0);
    EXPECT_TRUE(TimeScale({}).ticks(4).empty());
    EXPECT_DOUBLE_EQ(TimeScale({step(3, 3)}).at(at(3)), 0);
}

TEST(ATimeScale, StaysWithinItsLineWithManyWaits) {
    std::vector<Interval> timeline;
    for (int i = 0; i < 20; ++i) timeline.push_back(step(i * 10'000, i * 10'000 + 5));
    const TimeScale scale(timeline);
    EXPECT_EQ(scale.breaks().size(), 19U);
    double before = 0;
    for (const auto& interval : timeline) {
        EXPECT_GE(scale.at(interval.begin), before);
        before = scale.at(interval.end);
    }
    EXPECT_NEAR(before, 1, 1e-9);
}

}  // namespace lastgood
