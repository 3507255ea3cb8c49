#include "core/quantity.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using std::chrono::milliseconds;

TEST(Durations, AreReadWithTheirUnit) {
    EXPECT_EQ(parse_duration("500ms"), milliseconds(500));
    EXPECT_EQ(parse_duration("2s"), milliseconds(2000));
    EXPECT_EQ(parse_duration("5m"), milliseconds(300'000));
    EXPECT_EQ(parse_duration("24h"), milliseconds(86'400'000));
    EXPECT_EQ(parse_duration("3d"), milliseconds(259'200'000));
    EXPECT_EQ(parse_duration("0s"), milliseconds(0));
}

TEST(Durations, AreRefusedWithoutOne) {
    for (const auto* text : {"", "5", "s", "-1s", "+1s", "1.5s", "1 s", " 1s", "1s ", "1S", "1min", "1w",
                             "99999999999999999999s", "9223372036854775807d", "0x1s"}) {
        EXPECT_EQ(parse_duration(text), std::nullopt) << text;
    }
}

TEST(Sizes, ArePowersOf1024) {
    EXPECT_EQ(parse_size("100B"), 100U);
    EXPECT_EQ(parse_size("64kB"), 65'536U);
    EXPECT_EQ(parse_size("512MB"), 536'870'912U);
    EXPECT_EQ(parse_size("40GB"), 42'949'672'960U);
    EXPECT_EQ(parse_size("1TB"), 1'099'511'627'776U);
    for (const auto* text : {"", "40", "40G", "40gb", "40KB", "-1GB", "1.5GB", "1 GB", "99999999TB", "GB"}) {
        EXPECT_EQ(parse_size(text), std::nullopt) << text;
    }
}

TEST(Durations, AreSaidForPeople) {
    EXPECT_EQ(say_duration(milliseconds(-5)), "0 ms");
    EXPECT_EQ(say_duration(milliseconds(250)), "250 ms");
    EXPECT_EQ(say_duration(milliseconds(1500)), "1.5 s");
    EXPECT_EQ(say_duration(milliseconds(5000)), "5 s");
    EXPECT_EQ(say_duration(milliseconds(41'300)), "41 s");
    EXPECT_EQ(say_duration(milliseconds(59'999)), "59 s");
    EXPECT_EQ(say_duration(milliseconds(182'000)), "3 min 2 s");
    EXPECT_EQ(say_duration(milliseconds(180'000)), "3 min");
    EXPECT_EQ(say_duration(milliseconds(7'500'000)), "2 h 5 min");
    EXPECT_EQ(say_duration(milliseconds(3L * 86'400'000 + 3'600'000)), "3 d 1 h");
}

TEST(Counts, HaveTheirNounInTheRightNumber) {
    EXPECT_EQ(say_count(0, "row"), "0 rows");
    EXPECT_EQ(say_count(1, "row"), "1 row");
    EXPECT_EQ(say_count(2, "row"), "2 rows");
    EXPECT_EQ(say_count(1, "process", "processes"), "1 process");
    EXPECT_EQ(say_count(3, "process", "processes"), "3 processes");
    EXPECT_EQ(say_count(1, "migration is pending", "migrations are pending"), "1 migration is pending");
}

TEST(Sizes, AreSaidForPeople) {
    EXPECT_EQ(say_size(0), "0 B");
    EXPECT_EQ(say_size(1023), "1023 B");
    EXPECT_EQ(say_size(524'288), "512 kB");
    EXPECT_EQ(say_size(1'503'238'554), "1.4 GB");
    EXPECT_EQ(say_size(~0ULL), "16383 PB");
}

}  // namespace
}  // namespace lastgood
