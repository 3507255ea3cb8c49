#include "backup/restore_plan.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

/// Files that the plan points into.
class RestorePlan : public testing::Test {
  protected:
    /// A table in `count` slices.
    void table(const std::string& name, std::uint64_t bytes, int count) {
        for (int i = 0; i < count; ++i) {
            DataSection section;
            section.copied = name;
            section.fresh_table = count == 1;
            m_files.push_back({name + "-" + std::to_string(i), bytes / static_cast<std::uint64_t>(count), {section}});
        }
    }
    /// "a-0 a-1, b-0": the files of each item.
    std::vector<std::string> plan(int jobs) {
        std::vector<const DataFile*> files;
        for (const DataFile& file : m_files) files.push_back(&file);
        std::vector<std::string> items;
        for (const RestoreItem& item : plan_restore(files, jobs)) {
            items.push_back(item.whole_table ? "whole" : "");
            for (const DataFile* file : item.files) items.back() += (items.back().empty() ? "" : " ") + file->name;
        }
        return items;
    }

    std::vector<DataFile> m_files;
};

using Items = std::vector<std::string>;

TEST_F(RestorePlan, KeepsTablesTogetherThatKeepAllWorkersBusy) {
    table("a", 1000, 2);
    table("b", 980, 2);
    EXPECT_EQ(plan(2), (Items{"whole a-0 a-1", "whole b-0 b-1"}));
}

TEST_F(RestorePlan, SplitsTheTableThatOthersWouldWaitFor) {
    table("small", 50, 1);
    table("large", 1000, 4);
    EXPECT_EQ(plan(2), (Items{"large-0", "large-1", "large-2", "large-3", "small-0"}));
}

TEST_F(RestorePlan, SplitsNoMoreTablesThanItMust) {
    table("a", 900, 9);
    table("b", 300, 3);
    table("c", 280, 2);
    const Items items = plan(2);
    EXPECT_EQ(items.front(), "whole b-0 b-1 b-2");
    EXPECT_EQ(items.size(), 11U);
}

TEST_F(RestorePlan, OfOneWorkerKeepsEverythingTogether) {
    table("a", 1000, 8);
    EXPECT_EQ(plan(1).size(), 1U);
}

TEST_F(RestorePlan, OfNothingIsNothing) {
    EXPECT_EQ(plan(2), Items{});
}

}  // namespace
}  // namespace lastgood
