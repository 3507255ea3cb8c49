#include "backup/retention.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Ids = std::vector<std::string>;
using std::chrono::hours;

const Time k_now = parse_time("2026-11-22T12:00:00Z");

/// rp-0 is an hour old, rp-1 two hours, ...; those named are proven.
std::vector<KeptPoint> points(int count, const Ids& proven = {}) {
    std::vector<KeptPoint> made;
    for (int i = 0; i < count; ++i) {
        const std::string id = "rp-" + std::to_string(i);
        const bool is_proven = std::find(proven.begin(), proven.end(), id) != proven.end();
        made.push_back({id, k_now - hours(i + 1), is_proven, std::nullopt});
    }
    return made;
}

TEST(Retention, KeepsTheNewest) {
    EXPECT_EQ(expendable(points(5), {3, std::nullopt}, k_now, {}), (Ids{"rp-3", "rp-4"}));
    EXPECT_EQ(expendable(points(3), {3, std::nullopt}, k_now, {}), Ids{});
    EXPECT_EQ(expendable({}, {3, std::nullopt}, k_now, {}), Ids{});
}

TEST(Retention, KeepsWhatIsYoung) {
    EXPECT_EQ(expendable(points(5), {1, hours(4)}, k_now, {}), (Ids{"rp-3", "rp-4"}));
    EXPECT_EQ(expendable(points(5), {1, hours(100)}, k_now, {}), Ids{});
}

TEST(Retention, KeepsTheNewestWhereBothRulesAreGivenAndAllIsOld) {
    EXPECT_EQ(expendable(points(5), {4, hours(1)}, k_now, {}), Ids{"rp-4"});
}

TEST(Retention, KeepsWhatIsNeededHoweverOld) {
    EXPECT_EQ(expendable(points(5), {1, std::nullopt}, k_now, {"rp-4", "rp-2"}), (Ids{"rp-1", "rp-3"}));
}

TEST(Retention, KeepsTheNewestProvenOne) {
    EXPECT_EQ(expendable(points(5, {"rp-3", "rp-4"}), {2, std::nullopt}, k_now, {}), (Ids{"rp-2", "rp-4"}));
    EXPECT_EQ(expendable(points(4, {"rp-0", "rp-3"}), {1, std::nullopt}, k_now, {}), (Ids{"rp-1", "rp-2", "rp-3"}));
}

TEST(Retention, DoesNotCareInWhichOrderTheyCome) {
    auto mixed = points(5, {"rp-3"});
    std::swap(mixed[0], mixed[4]);
    std::swap(mixed[1], mixed[3]);
    EXPECT_EQ(expendable(mixed, {2, std::nullopt}, k_now, {}), (Ids{"rp-2", "rp-4"}));
}

TEST(Retention, KeepsTheNewestProvenOneEvenIfNothingElseIsKept) {
    EXPECT_EQ(expendable(points(3, {"rp-2"}), {0, std::nullopt}, k_now, {}), (Ids{"rp-0", "rp-1"}));
}

TEST(Retention, KeepsTheNewestOfTheLastGoodReleases) {
    auto fitting = points(6);
    for (const auto& [i, release] : {std::pair(0, 9), {1, 8}, {2, 9}, {3, 7}, {4, 8}, {5, 6}})
        fitting.at(i).fits = release;
    EXPECT_EQ(expendable(fitting, {0, std::nullopt, 1}, k_now, {}), (Ids{"rp-1", "rp-2", "rp-3", "rp-4", "rp-5"}));
    EXPECT_EQ(expendable(fitting, {0, std::nullopt, 3}, k_now, {}), (Ids{"rp-2", "rp-4", "rp-5"}));
}

TEST(Retention, KeepsTheDataOfTheLastGoodPairBehindManyThatFitNone) {
    auto fitting = points(5);
    fitting.at(4).fits = 3;
    EXPECT_EQ(expendable(fitting, {2, std::nullopt, 1}, k_now, {}), (Ids{"rp-2", "rp-3"}));
}

}  // namespace
}  // namespace lastgood
