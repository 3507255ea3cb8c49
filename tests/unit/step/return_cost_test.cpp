#include "step/return_cost.hpp"

#include <gtest/gtest.h>

namespace lastgood {

namespace {

using std::chrono::milliseconds;

Manifest manifest_of(std::uint64_t rows) {
    Manifest manifest;
    TableFacts table;
    table.rows = rows;
    manifest.contents.tables = {table};
    return manifest;
}

Proof proof_of(long long took_ms) {
    Proof proof;
    proof.method = "restore";
    proof.took_ms = took_ms;
    return proof;
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

}  // namespace

TEST(ReturnCost, TakesTheMedianOfTheSwapsThatWereMeasured) {
    const RunState run;
    ReturnCost cost;
    cost.way = ReturnWay::standby;
    estimate_times(cost, {run,
                          manifest_of(1),
                          proof_of(5000),
                          false,
                          {{milliseconds(30), milliseconds(10), milliseconds(500)}, {}, {}}});
    EXPECT_EQ(cost.outage.takes, milliseconds(30));
    EXPECT_EQ(cost.preparation.takes, milliseconds(0));
}

TEST(ReturnCost, SaysThatASwapWasNotMeasuredHereYet) {
    const RunState run;
    ReturnCost cost;
    cost.way = ReturnWay::restore;
    estimate_times(cost, {run, manifest_of(1), proof_of(5000), false, {}});
    EXPECT_EQ(cost.preparation.takes, milliseconds(5000));
    EXPECT_NE(cost.outage.from.find("not measured here yet"), std::string::npos);
}

TEST(ReturnCost, EstimatesARestoreThatWasNeverProvenByTheRateOfEarlierOnes) {
    const RunState run;
    ReturnCost cost;
    cost.way = ReturnWay::restore;
    estimate_times(cost, {run, manifest_of(3000), std::nullopt, false, {{}, {}, {1000.0}}});
    EXPECT_EQ(cost.preparation.takes, milliseconds(3000));
    estimate_times(cost, {run, manifest_of(3000), std::nullopt, false, {}});
    EXPECT_FALSE(cost.preparation.takes);
    EXPECT_NE(joined(say_cost(cost)).find("not known"), std::string::npos);
}

TEST(ReturnCost, WhoIsKeptOutAlreadyWaitsForTheRestoreToo) {
    const RunState run;
    ReturnCost cost;
    cost.way = ReturnWay::restore;
    cost.kept_out_since = "2026-11-22T15:04:05.123Z";
    estimate_times(cost, {run, manifest_of(1), proof_of(5000), false, {{milliseconds(20)}, {}, {}}});
    EXPECT_EQ(cost.outage.takes, milliseconds(5020));
    EXPECT_EQ(cost.preparation.takes, milliseconds(0));
}

TEST(ReturnCost, AClusterStandsStillForTheWholeRestore) {
    const RunState run;
    ReturnCost cost;
    cost.way = ReturnWay::cluster;
    estimate_times(cost, {run, manifest_of(1), proof_of(7000), false, {}});
    EXPECT_EQ(cost.outage.takes, milliseconds(7000));
}

TEST(ReturnCost, SaysPerTableWhatOthersWroteAndWhatEachWayOutLoses) {
    ReturnCost cost;
    cost.restore_point = "rp-1";
    cost.age = milliseconds(125000);
    cost.losses = LossReport{{{"public.orders", 12, 3, false, ""}, {"public.notes", 1, 0, false, ""}}};
    cost.outage = {milliseconds(20), "the median of 3 swaps here"};
    cost.preparation = {milliseconds(0), ""};
    cost.down = {true, true, true, "", milliseconds(400), LossReport{{{"public.orders", 12, 3, false, ""}}}, false};
    const std::string text = joined(say_cost(cost));
    for (const char* piece :
         {"restore point rp-1 is 2 min 5 s old", "rows that others wrote since: 13 certain, 3 more possibly",
          "public.notes: 1 row written by others", "these rows are not carried over", "the median of 3 swaps here",
          "it does not leave alone: 12 certain, 3 more possibly", "mending it forward: loses nothing"})
        EXPECT_NE(text.find(piece), std::string::npos) << piece << " is not in\n" << text;
    EXPECT_EQ(to_json(cost).at("losses").at("tables").size(), 2U);
    EXPECT_EQ(say_cost_in_short(cost).size(), 2U);
}

}  // namespace lastgood
