#include "step/pending_migrations.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

TEST(PendingMigrations, AreShownWithTheirLongLinesCut) {
    const std::string values(1000, '1');
    const Pending pending{{"0002_x", "select " + values + ";\nselect 2;\n", true, false}, {}};
    EXPECT_EQ(explain_pending(pending),
              (std::vector<std::string>{"    | select " + values.substr(0, 393) + " [...]", "    | select 2;"}));
    EXPECT_EQ(to_json(pending)["sql"].get<std::string>().size(), 1018U + 1U) << "whole, for programs";
}

}  // namespace
}  // namespace lastgood
