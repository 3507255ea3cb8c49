#include "database/without_literals.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(WithoutLiterals, StringsAndNumbersAreGone) {
    EXPECT_EQ(without_literals("update orders set total = 17.5, note = 'it''s' where id = $1 and t2.c3 = 0x1F"),
              "update orders set total = ?, note = ? where id = $1 and t2.c3 = ?");
    EXPECT_EQ(without_literals("select E'a\\'b', e'\\\\', U&'x', b'01', $q$se$x$cret$q$, $$two$$, 1e10"),
              "select ?, ?, ?, ?, ?, ?, ?");
    EXPECT_EQ(without_literals("select \"Col 1\", \"a\"\"b\" from \"T\""), "select \"Col 1\", \"a\"\"b\" from \"T\"");
}

TEST(WithoutLiterals, CommentsAreGoneAndBlanksSingle) {
    EXPECT_EQ(without_literals("  select /* alice /* 's */ */ 1 -- bob's\n\t from t  "), "select ? from t");
    EXPECT_EQ(without_literals("-- only a comment"), "");
    EXPECT_EQ(without_literals("select 1 - -2"), "select ? - -?");
}

TEST(WithoutLiterals, WhatDoesNotEndIsOneToTheEnd) {
    EXPECT_EQ(without_literals("insert into t values ('alice and bo"), "insert into t values (?");
    EXPECT_EQ(without_literals("do $body$ begin perform 'x"), "do ?");
    EXPECT_EQ(without_literals("select /* alice"), "select");
    EXPECT_EQ(without_literals("select \"alice"), "select \"alice");
    EXPECT_EQ(without_literals("select E'\\"), "select ?");
    EXPECT_EQ(without_literals(""), "");
}

TEST(WithoutLiterals, IsCutWhereItIsLong) {
    EXPECT_EQ(without_literals("select a, b", 8), "select a ...");
    EXPECT_EQ(without_literals("select ä", 8), "select  ...");
}

}  // namespace
}  // namespace lastgood
