#include "framework/manner.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

Described with(const std::string& sql) {
    return {"1", sql, true, false};
}

TEST(Manner, OfStatementsThatWriteRowsOnlyIsBackfill) {
    EXPECT_EQ(manner_of(with("update t set a = 1; insert into t select 1; delete from t; select f()")),
              Manner::backfill);
    EXPECT_EQ(manner_of(with("-- only\nwith x as (select 1) update t set a = (select 1 from x)")), Manner::backfill);
}

TEST(Manner, OfAnyOtherStatementIsSchema) {
    EXPECT_EQ(manner_of(with("update t set a = 1; alter table t add b int")), Manner::schema);
    EXPECT_EQ(manner_of(with("select 1 into t")), Manner::schema);
    EXPECT_EQ(manner_of(with("lock table t")), Manner::schema);
    EXPECT_EQ(manner_of(with("truncate t")), Manner::schema);
    EXPECT_EQ(manner_of(with("-- nothing but a comment")), Manner::schema);
    EXPECT_EQ(manner_of({"1", std::nullopt, std::nullopt, false}), Manner::schema);
}

TEST(Manner, OfWhatCannotBeInATransactionIsConcurrent) {
    EXPECT_EQ(manner_of(with("create index concurrently i on t (a)")), Manner::concurrent);
    EXPECT_EQ(manner_of({"1", std::nullopt, false, false}), Manner::concurrent);
}

TEST(Stretches, EndWhereTheMannerChanges) {
    const std::vector<Described> pending{{"1", "create table t ()", true, false},
                                         {"2", "alter table t add a int", true, false},
                                         {"3", "update t set a = 1", true, false},
                                         {"4", "create index concurrently i on t (a)", false, false}};
    const auto stretches = stretches_of(pending, true);
    ASSERT_EQ(stretches.size(), 3U);
    EXPECT_EQ(stretches[0].last, "2");
    EXPECT_EQ(stretches[1].manner, Manner::backfill);
    EXPECT_EQ(stretches[2].manner, Manner::concurrent);
    EXPECT_EQ(stretches[2].last, "");  // to the end
    EXPECT_FALSE(stretches[2].repeatable);

    const auto one = stretches_of(pending, false);
    ASSERT_EQ(one.size(), 1U);
    EXPECT_EQ(one[0].manner, Manner::schema);
    EXPECT_FALSE(one[0].repeatable);
}

}  // namespace
}  // namespace lastgood
