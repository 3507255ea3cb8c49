#include "outside/harmless.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(HarmlessLines, KeepOrdinaryText) {
    EXPECT_EQ(harmless_line("a\tb: \u20ac ## [x] a::b"), "a\tb: \u20ac ## [x] a::b");
}

TEST(HarmlessLines, LoseEscapesAndControls) {
    EXPECT_EQ(harmless_line("\x1b[1;31mred\x1b[0m\r"), "red");
    EXPECT_EQ(harmless_line("\x1b]0;title\x07text\x1b]8;;x\x1b\\link"), "textlink");
    EXPECT_EQ(harmless_line("10%\r20%\x08\x07"), "10%20%");
    EXPECT_EQ(harmless_line("cut\x1b[3"), "cut");
    EXPECT_EQ(harmless_line("cut\x1b"), "cut");
}

TEST(HarmlessLines, GiveARunnerNoCommand) {
    EXPECT_EQ(harmless_line("::set-output name=a::b"), ": :set-output name=a::b");
    EXPECT_EQ(harmless_line(" \t::error::x"), " \t: :error::x");
    EXPECT_EQ(harmless_line("\u00a0\u3000::error::x"), "\u00a0\u3000: :error::x") << "runners trim these too";
    EXPECT_EQ(harmless_line("a\u009b2Jb"), "a2Jb");
    EXPECT_EQ(harmless_line("a ##[error]b ##[group]"), "a # #[error]b # #[group]");
    EXPECT_EQ(harmless_line("##vso[task]"), "# #vso[task]");
    EXPECT_EQ(harmless_line("#\r#[error]"), "# #[error]");
    EXPECT_EQ(harmless_line("\x1b[0m::error::x"), ": :error::x");
}

}  // namespace
}  // namespace lastgood
