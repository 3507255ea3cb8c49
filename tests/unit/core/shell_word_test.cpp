#include "core/shell_word.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(ShellWords, StandAsTheyAreOrInQuotes) {
    EXPECT_EQ(shell_word("lastgood.yaml"), "lastgood.yaml");
    EXPECT_EQ(shell_word("--run-id=github-7"), "--run-id=github-7");
    EXPECT_EQ(shell_word(""), "''");
    EXPECT_EQ(shell_word("two words"), "'two words'");
    EXPECT_EQ(shell_word("../it's mine.yaml"), R"('../it'\''s mine.yaml')");
    EXPECT_EQ(shell_word("$(rm -rf /)"), "'$(rm -rf /)'");
    EXPECT_EQ(shell_word("a\nb"), "'a\nb'");
    EXPECT_EQ(shell_word("~root"), "'~root'");
    EXPECT_EQ(shell_word("dänisch"), "dänisch");
}

}  // namespace
}  // namespace lastgood
