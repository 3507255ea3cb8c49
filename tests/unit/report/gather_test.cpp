#include "report/gather.hpp"

#include "recorded_run.hpp"
#include "report/verdict.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace lastgood {

namespace {

using test::RecordedRun;

const Interval* find(const Report& report, const std::string& name) {
    const auto found = std::find_if(report.timeline.begin(), report.timeline.end(),
                                    [&](const Interval& interval) { return interval.name == name; });
    return found == report.timeline.end() ? nullptr : &*found;
}

RecordedRun judged(const std::string& verdict) {
    RecordedRun run;
    run.begin_run().capture().add("step-begun", "migrate");
    run.act("migrate", "migrate", {{"done", {"0002_note"}}}).step("migrate", 0).add("step-begun", "verify");
    run.note("verdict", {{"verdict", verdict},
                         {"checks",
                          {{{"check", "sql"},
                            {"place", "lastgood.yaml:3:1"},
                            {"verdict", verdict},
                            {"reason", "1 found, 0 expected"},
                            {"took_ms", 12},
                            {"evidence", {{"asked", "select 1"}, {"differences", {"one"}}}}}}}});
    return run;
}

}  // namespace

TEST(Gathering, TellsOfARunThatNeverWas) {
    const Report report = RecordedRun().report();
    EXPECT_EQ(report.attempt, 0);
    EXPECT_EQ(report.verdict, "Nothing recorded");
    EXPECT_FALSE(report.next.empty());
    EXPECT_TRUE(report.timeline.empty());
}

TEST(Gathering, ShowsARunThatWaitsForItsMigration) {
    const Report report = RecordedRun().begin_run().capture().wait(7200).report();
    EXPECT_EQ(report.verdict, "Waiting for migrate");
    EXPECT_EQ(report.tone, Tone::open);
    EXPECT_EQ(report.next, "lastgood migrate --run-id r1");
    ASSERT_TRUE(report.point);
    EXPECT_EQ(report.point->id, "rp-1");
    EXPECT_EQ(report.point->bytes, 4096U);
    ASSERT_TRUE(report.point->age);
    EXPECT_GT(*report.point->age, std::chrono::hours(2));
    EXPECT_EQ(report.after.data, "the live database, as it was");
}

TEST(Gathering, ReadsTheEvidenceOfChecks) {
    const Report report = judged("failed").step("verify", 7, "verify says no").report();
    EXPECT_EQ(report.verdict, "Verify says no");
    ASSERT_EQ(report.checks.size(), 1U);
    EXPECT_EQ(report.checks[0].tone, Tone::bad);
    EXPECT_EQ(report.checks[0].asked, "select 1");
    EXPECT_EQ(report.checks[0].differences, std::vector<std::string>{"one"});
}

TEST(Gathering, KnowsHowLongWritersWereKeptOutAndNobodyCouldConnect) {
    RecordedRun run;
    run.begin_run().note("fence", {{"kind", "closed"}}).capture();
    run.note("fence", nullptr).note("held_ms", 3500);
    run.act("rollback", "swap", {{"fenced_ms", 35}, {"failed_database", "shop__lg_failed"}});
    const Report report = run.close("rolled-back", "returned to rp-1").report();
    EXPECT_EQ(report.held, std::chrono::milliseconds(3500));
    EXPECT_EQ(report.gap, std::chrono::milliseconds(35));
    const Interval* fence = find(report, "closed fence");
    ASSERT_NE(fence, nullptr);
    EXPECT_TRUE(fence->ended);
    EXPECT_EQ(fence->took(), std::chrono::seconds(5));
    EXPECT_EQ(report.kept, std::vector<std::string>{"the failed database, as shop__lg_failed"});
}

TEST(Gathering, SetsThePredictionBesideTheOutcome) {
    const Json lock{{"table", "public.orders"}, {"mode", "AccessExclusiveLock"}, {"held_ms", 5}};
    RecordedRun run;
    run.begin_run().capture();
    run.act("migrate", "rehearse",
            {{"predicted",
              {{"migrations",
                {{{"name", "0002_note"},
                  {"took_ms", 900},
                  {"locks", {lock}},
                  {"change", {{"wal", 1024}, {"rewritten", {"public.orders"}}}}}}}}}});
    run.act(
        "migrate", "migrate",
        {{"done", {"0002_note"}}, {"happened", {{"tries", 2}, {"took_ms", {{"0002_note", 1200}}}, {"locks", {lock}}}}});
    const Report report = run.report();
    ASSERT_EQ(report.migrations.size(), 1U);
    EXPECT_EQ(report.migrations[0].predicted, std::chrono::milliseconds(900));
    EXPECT_EQ(report.migrations[0].took, std::chrono::milliseconds(1200));
    EXPECT_EQ(report.migrations[0].effects, std::vector<std::string>{"rewrites public.orders"});
    ASSERT_EQ(report.locks.size(), 1U);
    EXPECT_EQ(report.locks[0].predicted, report.locks[0].held);
    EXPECT_EQ(report.tries, 2);
}

TEST(Gathering, TellsWhatWasPlannedAndNeverBegun) {
    RecordedRun run;
    run.begin_run();
    const Json actions{{{"id", "baseline"}, {"summary", "count"}, {"reversible", true}},
                       {{"id", "migrate"}, {"summary", "apply"}, {"reversible", false}}};
    run.add("action-begun", "migrate",
            {{"id", "baseline"},
             {"plan", {{"reason", "one is pending"}, {"remarks", {"in the way"}}, {"actions", actions}}}});
    run.add("action-failed", "migrate", {{"id", "baseline"}, {"code", 4}, {"what", "no room"}}).step("migrate", 4);
    const Report report = run.report();
    ASSERT_EQ(report.plans.size(), 1U);
    ASSERT_EQ(report.plans[0].actions.size(), 2U);
    EXPECT_EQ(report.plans[0].actions[0].outcome, "failed in 1 s: no room");
    EXPECT_EQ(report.plans[0].actions[1].outcome, "not begun");
    EXPECT_FALSE(report.plans[0].actions[1].reversible);
}

TEST(Gathering, ShowsAProgramThatWasKilledAndItsSuccessor) {
    RecordedRun run;
    run.begin_run().add("step-begun", "migrate").add("action-begun", "migrate", {{"id", "migrate"}}).wait(60);
    run.add("step-begun", "migrate").act("migrate", "migrate").step("migrate", 0);
    const Report report = run.report();
    ASSERT_EQ(report.timeline.size(), 4U);
    EXPECT_EQ(report.timeline[0].outcome, "not ended");
    EXPECT_LT(report.timeline[0].took(), std::chrono::seconds(5));
    EXPECT_EQ(report.timeline[2].outcome, "");
}

TEST(Gathering, NamesAnInterruption) {
    RecordedRun run;
    run.begin_run().capture().add("step-begun", "migrate");
    run.add("action-begun", "migrate", {{"id", "baseline"}});
    run.add("action-failed", "migrate", {{"id", "baseline"}, {"code", 143}, {"what", "interrupted"}});
    const Report report = run.step("migrate", 143, "interrupted").report();
    EXPECT_EQ(report.verdict, "Interrupted in migrate");
    EXPECT_EQ(find(report, "baseline")->outcome, "interrupted");
    EXPECT_NE(report.sentence.find("Production is as it was"), std::string::npos);
}

TEST(Gathering, KeepsEarlierAttemptsApart) {
    RecordedRun run;
    run.begin_run(1).step("backup-capture", 4).close("failed-clean", "no room").begin_run(2).capture();
    const Report report = run.report();
    EXPECT_EQ(report.attempt, 2);
    ASSERT_EQ(report.earlier.size(), 1U);
    EXPECT_EQ(report.earlier[0].why, "no room");
    EXPECT_EQ(report.timeline.size(), 2U);
}

TEST(Gathering, PassesOverFieldsOfAnotherTypeAndTimesThatAreNone) {
    RecordedRun run;
    run.begin_run().act("backup-capture", "capture", {{"restore_point", 7}, {"rows", "many"}, {"bytes", -1}});
    run.note("verdict", "yes").note("held_ms", "long").note("fence", 3);
    run.act("migrate", "rehearse", {{"predicted", {{"migrations", {1, nullptr, "x"}}}}});
    run.act("migrate", "baseline", {{"rows", {{{"table", nullptr}, {"rows", 1.5}}}}});
    run.events.back().at = "yesterday";
    const Report report = run.report();
    EXPECT_FALSE(report.point);
    EXPECT_FALSE(report.held);
    EXPECT_TRUE(report.checks.empty());
}

}  // namespace lastgood
