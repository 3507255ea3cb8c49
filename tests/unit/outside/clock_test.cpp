#include "outside/clock.hpp"

#include <stdexcept>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(Times, AreSaidInUtc) {
    const Time time(std::chrono::milliseconds(1'795'359'845'123));
    EXPECT_EQ(say_time(time), "2026-11-22T15:04:05.123Z");
    EXPECT_EQ(compact_time(time), "20261122T150405");
    EXPECT_EQ(say_time(Time(std::chrono::milliseconds(-1))), "1969-12-31T23:59:59.999Z");
}

TEST(Times, AreReadAsSaid) {
    const Time time = now();
    EXPECT_EQ(parse_time(say_time(time)), time);
    const Time whole(std::chrono::milliseconds(1'795'359'845'000));
    EXPECT_EQ(parse_time("2026-11-22T15:04:05Z"), whole);
    EXPECT_EQ(parse_time("2026-11-22 15:04:05+00"), whole);
    EXPECT_EQ(parse_time("2026-11-22 15:04:05.5+00"), whole + std::chrono::milliseconds(500));
    EXPECT_EQ(parse_time("2026-11-22 15:04:05.123987+00"), whole + std::chrono::milliseconds(123));
    EXPECT_EQ(say_time(parse_time("2024-02-29 00:00:00Z")), "2024-02-29T00:00:00.000Z");
}

TEST(Times, AreRefusedIfTheyAreNone) {
    for (const auto* text : {"", "now", "2026-11-22", "2026-11-22T15:04:05", "2026-11-22T15:04:05+01",
                             "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z", "2026-11-22T24:00:00Z",
                             "2026-11-22T15:04:05.Z", "2026-11-22T15:04:05Zx", "26-11-22T15:04:05Z"}) {
        EXPECT_THROW(parse_time(text), std::invalid_argument) << text;
    }
}

}  // namespace
}  // namespace lastgood
