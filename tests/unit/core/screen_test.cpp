#include "core/screen.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Lines = std::vector<std::string>;

TEST(AScreen, LeavesAloneWhatFits) {
    EXPECT_EQ(one_screen({"a b", "  c", "next: d"}, 20, 10), (Lines{"a b", "  c", "next: d"}));
    EXPECT_EQ(one_screen({}, 80, 24), Lines{});
    EXPECT_EQ(one_screen({"next: d"}, 80, 1), Lines{"next: d"});
}

TEST(AScreen, BreaksLinesBetweenWords) {
    EXPECT_EQ(one_screen({"  seen: one two three four", "x"}, 14, 24),
              (Lines{"  seen: one", "      two", "      three", "      four", "x"}));
    EXPECT_EQ(one_screen({"unbreakable-word-of-no-end", "x"}, 10, 24), (Lines{"unbreakable-word-of-no-end", "x"}));
    EXPECT_EQ(one_screen({"näh näh", "x"}, 7, 24), (Lines{"näh näh", "x"}));
}

TEST(AScreen, KeepsTheLastLineAsItIsTyped) {
    const std::string next = "  next: lastgood rollback --run-id github-1042 --pipeline deploy/production.yaml";
    EXPECT_EQ(one_screen({"a", next}, 20, 24).back(), next);
}

TEST(AScreen, LeavesOutTheMiddleAndSaysHowMuch) {
    Lines lines;
    for (int i = 0; i < 100; ++i) lines.push_back("line " + std::to_string(i));
    lines.emplace_back("next: it");
    const Lines shown = one_screen(lines, 80, 24);
    EXPECT_EQ(shown.size(), 24U);
    EXPECT_EQ(shown.front(), "line 0");
    EXPECT_EQ(shown[22], "line 99");
    EXPECT_EQ(shown.back(), "next: it");
    EXPECT_NE(std::find(shown.begin(), shown.end(), "  ... 78 lines left out: --json holds all"), shown.end());
    for (std::size_t rows = 1; rows < 30; ++rows)
        EXPECT_LE(one_screen(lines, 80, rows).size(), std::max<std::size_t>(rows, 2));
}

}  // namespace
}  // namespace lastgood
