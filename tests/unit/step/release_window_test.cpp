#include "step/release_window.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

constexpr int at(int hour, int minute = 0) {
    return hour * 60 + minute;
}

TEST(ReleaseWindow, WithinADayEndsBeforeItsEnd) {
    const ReleaseWindow window{{}, at(20), at(23), "UTC"};
    EXPECT_FALSE(is_within(window, 3, at(19, 59)));
    EXPECT_TRUE(is_within(window, 3, at(20)));
    EXPECT_TRUE(is_within(window, 3, at(22, 59)));
    EXPECT_FALSE(is_within(window, 3, at(23)));
}

TEST(ReleaseWindow, OfNamedDaysIsNoneOfTheOthers) {
    const ReleaseWindow window{{6, 7}, at(8), at(18), "UTC"};
    EXPECT_TRUE(is_within(window, 6, at(12)));
    EXPECT_TRUE(is_within(window, 7, at(12)));
    EXPECT_FALSE(is_within(window, 1, at(12)));
}

TEST(ReleaseWindow, OverMidnightBelongsToTheDayOnWhichItBegins) {
    const ReleaseWindow window{{7}, at(22), at(5), "UTC"};
    EXPECT_TRUE(is_within(window, 7, at(23)));
    EXPECT_TRUE(is_within(window, 1, at(4, 59)));
    EXPECT_FALSE(is_within(window, 1, at(5)));
    EXPECT_FALSE(is_within(window, 7, at(4)));
    EXPECT_FALSE(is_within(window, 1, at(23)));
}

}  // namespace
}  // namespace lastgood
