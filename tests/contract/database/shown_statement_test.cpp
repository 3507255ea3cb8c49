#include "database/shown_statement.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(AShownStatement, HasNoLiterals) {
    EXPECT_EQ(shown_statement("select * from t1 where a = 'it''s' and b = 42.5e3 and c in (1,2)"),
              "select * from t1 where a = ? and b = ? and c in (?,?)");
    EXPECT_EQ(shown_statement("select E'a\\'b', $$ secret $$, $x$ a $$ b $x$, B'01', x'ff', n'n', $1"),
              "select ?, ?, ?, ?, ?, ?, $?");
    EXPECT_EQ(shown_statement("update \"T 'x'\" set a2=-7"), "update \"T 'x'\" set a2=-?");
}

TEST(AShownStatement, HasNoCommentsAndOneBlank) {
    EXPECT_EQ(shown_statement("select /* 'a' */ 1 -- secret\n\n\t from t"), "select ? from t");
}

TEST(AShownStatement, LeavesOutWhatDoesNotEnd) {
    EXPECT_EQ(shown_statement("select 'cut off by the serv"), "select ?");
    EXPECT_EQ(shown_statement("select $q$ cut"), "select ?");
    EXPECT_EQ(shown_statement("select /* cut"), "select");
}

TEST(AShownStatement, IsCutWithoutBreakingACharacter) {
    EXPECT_EQ(shown_statement("select \xC3\xA4\xC3\xA4", 8), "select ...");
    EXPECT_EQ(shown_statement("select a", 8), "select a");
}

}  // namespace
}  // namespace lastgood
