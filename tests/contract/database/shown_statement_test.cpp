#include "database/shown_statement.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(AShownStatement, HasNoLiterals) {
    EXPECT_EQ(shown_statement("select * from t1 where a = 'it''s' and b = 42.5e3 and c in (1,2)"),
              "select * from t1 where a = ? and b = ? and c in (?,?)");
    EXPECT_EQ(shown_statement("select E'a\\'b', $$ secret $$, $x$ a $$ b $x$, B'01', x'ff', n'n', $1"),
              "select ?, ?, ?, ?, ?, ?, $1");
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

TEST(AShownStatement, StringsAndNumbersAreGone) {
    EXPECT_EQ(shown_statement("update orders set total = 17.5, note = 'it''s' where id = $1 and t2.c3 = 0x1F"),
              "update orders set total = ?, note = ? where id = $1 and t2.c3 = ?");
    EXPECT_EQ(shown_statement("select E'a\\'b', e'\\\\', U&'x', b'01', $q$se$x$cret$q$, $$two$$, 1e10"),
              "select ?, ?, ?, ?, ?, ?, ?");
    EXPECT_EQ(shown_statement("select \"Col 1\", \"a\"\"b\" from \"T\""), "select \"Col 1\", \"a\"\"b\" from \"T\"");
}

TEST(AShownStatement, CommentsAreGoneAndBlanksSingle) {
    EXPECT_EQ(shown_statement("  select /* alice /* 's */ */ 1 -- bob's\n\t from t  "), "select ? from t");
    EXPECT_EQ(shown_statement("-- only a comment"), "");
    EXPECT_EQ(shown_statement("select 1 - -2"), "select ? - -?");
}

TEST(AShownStatement, WhatDoesNotEndIsOneToTheEnd) {
    EXPECT_EQ(shown_statement("insert into t values ('alice and bo"), "insert into t values (?");
    EXPECT_EQ(shown_statement("do $body$ begin perform 'x"), "do ?");
    EXPECT_EQ(shown_statement("select /* alice"), "select");
    EXPECT_EQ(shown_statement("select \"alice"), "select \"alice");
    EXPECT_EQ(shown_statement("select E'\\"), "select ?");
    EXPECT_EQ(shown_statement(""), "");
}

TEST(AShownStatement, IsCutToItsLimit) {
    EXPECT_EQ(shown_statement("select a, b", 8), "select a...");
    EXPECT_EQ(shown_statement("select ä", 8), "select ...");
}

}  // namespace
}  // namespace lastgood
