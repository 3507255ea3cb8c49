#include "core/cut_text.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(CutText, LeavesLinesThatAreShortEnough) {
    EXPECT_EQ(cut_line("", 4), "");
    EXPECT_EQ(cut_line("four", 4), "four");
    EXPECT_EQ(cut_lines("four\n\nfive\n", 5), "four\n\nfive\n");
}

TEST(CutText, CutsEachLongLineBetweenTwoCharacters) {
    EXPECT_EQ(cut_line("fives", 4), "five [...]");
    EXPECT_EQ(cut_line("f\xc3\xbc\xc3\xbc", 4), "f\xc3\xbc [...]");
    EXPECT_EQ(cut_lines("fives\nfour\nseven\n", 4), "five [...]\nfour\nseve [...]\n");
}

}  // namespace
}  // namespace lastgood
