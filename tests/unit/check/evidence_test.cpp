#include "check/evidence.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(Evidence, ShowsNumbersBooleansAndKeysButNoTexts) {
    for (const std::string plain : {"0", "-1.5", "2e10", "t", "f", "1c2d3e4f-0000-4000-8000-0123456789ab"}) {
        EXPECT_EQ(shown(plain, false), plain);
    }
    EXPECT_EQ(shown(std::nullopt, false), "NULL");
    EXPECT_EQ(shown("alice@example.org", false), "a text of 17 bytes");
    EXPECT_EQ(shown("2026-11-26", false), "a text of 10 bytes");
    EXPECT_EQ(shown("", false), "a text of 0 bytes");
    EXPECT_EQ(shown(std::string(100000, '1'), false), "a text of 100000 bytes");
}

TEST(Evidence, ShowsTextsWhereThatIsAllowedButNotEndlessOnes) {
    EXPECT_EQ(shown("alice", true), "\"alice\"");
    EXPECT_EQ(shown("7", true), "7");
    std::string umlauts;
    for (int i = 0; i < 150; ++i) umlauts += "ä";
    const std::string cut = shown("x" + umlauts, true);
    EXPECT_TRUE(cut.ends_with("ä\" and 102 more bytes")) << cut;
}

TEST(Differences, KeepTheFirstFiveAndCountAll) {
    Differences differences;
    EXPECT_TRUE(differences.none());
    EXPECT_EQ(differences.say(), "");
    differences.add("one");
    EXPECT_EQ(differences.say(), "one");
    for (int i = 2; i <= 8; ++i) differences.add(std::to_string(i));
    EXPECT_EQ(differences.say(), "one (and 7 more)");
    EXPECT_EQ(differences.count(), 8U);
    EXPECT_EQ(differences.first(), (std::vector<std::string>{"one", "2", "3", "4", "5"}));
}

}  // namespace
}  // namespace lastgood
