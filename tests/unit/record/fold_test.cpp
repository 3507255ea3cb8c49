#include "record/run_state.hpp"
#include "record_place.hpp"

#include <gtest/gtest.h>

namespace lastgood {

namespace {

/// Numbers events as they are added.
class History {
  public:
    History& add(const std::string& type, const std::string& step = "", Json data = Json::object()) {
        const int number = static_cast<int>(events.size()) + 1;
        events.push_back(
            {number, type, "2026-11-22T15:00:" + std::to_string(10 + number) + "Z", step, std::move(data)});
        return *this;
    }
    History& begin_run(int attempt) {
        return add("run-begun", "",
                   {{"attempt", attempt},
                    {"revision", {{"commit", "c" + std::to_string(attempt)}, {"tree", "t" + std::to_string(attempt)}}},
                    {"branch", "main"},
                    {"actor", "ann"},
                    {"driven", true},
                    {"begun_at", "2026-11-22T14:59:00Z"}});
    }
    History& begin(const std::string& step, const std::string& id, int detail = 0) {
        return add("action-begun", step, {{"id", id}, {"detail", detail}});
    }
    History& end(const std::string& step, const std::string& id, int detail = 0) {
        return add("action-ended", step, {{"id", id}, {"detail", detail}});
    }
    History& fail(const std::string& step, const std::string& id, int code) {
        return add("action-failed", step, {{"id", id}, {"code", code}});
    }
    RunState fold() const { return lastgood::fold("r1", events); }

    std::vector<Event> events;
};

std::string doubt_of(const RunState& state) {
    return state.in_doubt ? state.in_doubt->step + "/" + state.in_doubt->id : "";
}

}  // namespace

TEST(Fold, OfNothingIsARunThatNeverWas) {
    const RunState state = fold("r1", {});
    EXPECT_EQ(state.id, "r1");
    EXPECT_EQ(state.attempt, 0);
    EXPECT_FALSE(state.open());
    EXPECT_FALSE(state.touched());
}

TEST(Fold, BeginsARun) {
    const RunState state = History().begin_run(1).fold();
    EXPECT_EQ(state.attempt, 1);
    EXPECT_EQ(state.revision, (Revision{"c1", "t1"}));
    EXPECT_EQ(state.branch, "main");
    EXPECT_EQ(state.actor, "ann");
    EXPECT_TRUE(state.driven);
    EXPECT_EQ(state.begun_at, "2026-11-22T14:59:00Z");
    EXPECT_EQ(state.last_at, "2026-11-22T15:00:11Z");
    EXPECT_TRUE(state.open());
}

TEST(Fold, ForgetsEverythingButTheIdWithANewAttempt) {
    History history;
    history.begin_run(1).add("step-begun", "migrate").begin("migrate", "migrate").begin("verify", "check");
    history.end("migrate", "migrate").add("note", "", {{"name", "verdict"}, {"value", "failed"}});
    history.add("run-closed", "", {{"outcome", "rolled-back"}, {"why", "rows lost"}}).begin_run(2);
    const RunState state = history.fold();
    EXPECT_EQ(state.id, "r1");
    EXPECT_EQ(state.attempt, 2);
    EXPECT_EQ(state.revision.commit, "c2");
    EXPECT_TRUE(state.open());
    EXPECT_EQ(state.why, "");
    EXPECT_TRUE(state.steps.empty());
    EXPECT_TRUE(state.ended.empty());
    EXPECT_TRUE(state.first_begun.empty());
    EXPECT_TRUE(state.notes.empty());
    EXPECT_EQ(doubt_of(state), "");
    EXPECT_FALSE(state.touched());
}

TEST(Fold, KnowsWhichStepsRun) {
    History history;
    history.begin_run(1).add("step-begun", "migrate");
    EXPECT_TRUE(history.fold().steps["migrate"].running);
    EXPECT_EQ(history.fold().steps["migrate"].exit_status, std::nullopt);
    history.add("step-ended", "migrate", {{"exit_status", 5}});
    EXPECT_FALSE(history.fold().steps["migrate"].running);
    EXPECT_EQ(history.fold().steps["migrate"].exit_status, 5);
    history.add("step-begun", "migrate");
    EXPECT_TRUE(history.fold().steps["migrate"].running);
    EXPECT_EQ(history.fold().steps["migrate"].exit_status, 5);
    EXPECT_FALSE(history.fold().steps["verify"].begun);
}

TEST(Fold, KnowsAStepByItsActionsWhereItBeganBeforeTheRun) {
    const RunState state =
        History().add("step-begun", "backup-capture").begin_run(1).begin("backup-capture", "capture").fold();
    EXPECT_TRUE(state.steps.at("backup-capture").begun);
    EXPECT_TRUE(state.steps.at("backup-capture").running);
}

TEST(Fold, KeepsTheFirstBeginAndTheNewestEndOfAnAction) {
    const RunState state = History()
                               .begin_run(1)
                               .begin("migrate", "migrate", 1)
                               .begin("migrate", "migrate", 2)
                               .end("migrate", "migrate", 3)
                               .begin("migrate", "migrate", 4)
                               .end("migrate", "migrate", 5)
                               .fold();
    EXPECT_EQ(state.first_begun.at("migrate/migrate")["detail"], 1);
    EXPECT_EQ(state.ended.at("migrate/migrate")["detail"], 5);
    EXPECT_TRUE(state.has_ended("migrate/migrate"));
    EXPECT_FALSE(state.has_ended("migrate/deploy"));
}

struct DoubtRow {
    const char* name;
    std::function<void(History&)> happened;
    std::string in_doubt;
};

class Doubt : public testing::TestWithParam<DoubtRow> {};

TEST_P(Doubt, IsAboutTheNewestActionWithoutAnEnd) {
    History history;
    history.begin_run(1);
    GetParam().happened(history);
    EXPECT_EQ(doubt_of(history.fold()), GetParam().in_doubt);
}

INSTANTIATE_TEST_SUITE_P(
    , Doubt,
    testing::Values(
        DoubtRow{"Nothing", [](History&) {}, ""},
        DoubtRow{"Begun", [](History& h) { h.begin("migrate", "migrate"); }, "migrate/migrate"},
        DoubtRow{"Ended", [](History& h) { h.begin("migrate", "migrate").end("migrate", "migrate"); }, ""},
        DoubtRow{"FailedClean", [](History& h) { h.begin("migrate", "migrate").fail("migrate", "migrate", 4); }, ""},
        DoubtRow{"FailedChanged", [](History& h) { h.begin("migrate", "migrate").fail("migrate", "migrate", 5); }, ""},
        DoubtRow{"FailedUnknown", [](History& h) { h.begin("migrate", "migrate").fail("migrate", "migrate", 6); },
                 "migrate/migrate"},
        DoubtRow{"Interrupted", [](History& h) { h.begin("migrate", "migrate").fail("migrate", "migrate", 143); }, ""},
        DoubtRow{"StepEnded",
                 [](History& h) {
                     h.begin("migrate", "migrate").add("step-ended", "migrate", {{"exit_status", 6}});
                 },
                 "migrate/migrate"},
        DoubtRow{
            "BegunAgainAndEnded",
            [](History& h) { h.begin("migrate", "migrate").begin("migrate", "migrate").end("migrate", "migrate"); },
            ""},
        DoubtRow{"TwoOpen", [](History& h) { h.begin("migrate", "migrate").begin("rollback", "swap"); },
                 "rollback/swap"},
        DoubtRow{"NewerEnded",
                 [](History& h) { h.begin("migrate", "migrate").begin("rollback", "swap").end("rollback", "swap"); },
                 "migrate/migrate"},
        DoubtRow{"SameIdOfAnotherStep",
                 [](History& h) { h.begin("migrate", "deploy").begin("rollback", "deploy").end("rollback", "deploy"); },
                 "migrate/deploy"}),
    [](const auto& row) { return row.param.name; });

struct TouchRow {
    std::string step;
    std::string action;
    bool touched;
};

class Touched : public testing::TestWithParam<TouchRow> {};

TEST_P(Touched, SaysWhetherTheDatabaseMayHaveChanged) {
    const auto& row = GetParam();
    History history;
    history.begin_run(1).begin(row.step, row.action).fail(row.step, row.action, 4);
    EXPECT_EQ(history.fold().touched(), row.touched);
}

INSTANTIATE_TEST_SUITE_P(, Touched,
                         testing::Values(TouchRow{"backup-capture", "capture", false},
                                         TouchRow{"migrate", "prepare", false}, TouchRow{"migrate", "migrate", true},
                                         TouchRow{"migrate", "deploy", true}, TouchRow{"verify", "check", false},
                                         TouchRow{"rollback", "swap", true}, TouchRow{"rollback", "branch", false},
                                         TouchRow{"rollback", "lift-fence", false},
                                         TouchRow{"rollback", "close-clean", false},
                                         TouchRow{"rollback-something", "x", false}));

TEST(Fold, KnowsThatVerifyBeganToJudge) {
    History history;
    EXPECT_FALSE(history.begin_run(1).add("step-begun", "verify").fold().judged());
    EXPECT_FALSE(history.add("step-ended", "verify", {{"exit_status", 3}}).fold().at_stake());
    EXPECT_TRUE(history.begin("verify", "checks").fold().judged());
    EXPECT_TRUE(history.fold().at_stake());
    EXPECT_FALSE(history.fold().touched());
}

TEST(Fold, KnowsAVerdictByItsExitStatus) {
    for (const int status : {5, 6, 7}) {
        History history;
        history.begin_run(1).add("step-begun", "verify").add("step-ended", "verify", {{"exit_status", status}});
        EXPECT_TRUE(history.fold().judged()) << status;
    }
}

TEST(Fold, KeepsTheNewestValueOfEachNote) {
    History history;
    history.begin_run(1).add("note", "", {{"name", "fence"}, {"value", {{"kind", "closed"}}}});
    EXPECT_EQ(history.fold().notes["fence"]["kind"], "closed");
    history.add("note", "", {{"name", "fence"}, {"value", nullptr}});
    EXPECT_TRUE(history.fold().notes.at("fence").is_null());
}

TEST(Fold, ClosesARunWithEachOutcome) {
    for (const auto outcome : {Outcome::good, Outcome::rolled_back, Outcome::failed_clean, Outcome::abandoned}) {
        const RunState state =
            History().begin_run(1).add("run-closed", "", {{"outcome", text_of(outcome)}, {"why", "so"}}).fold();
        EXPECT_EQ(state.outcome, outcome);
        EXPECT_EQ(state.why, "so");
        EXPECT_FALSE(state.open());
    }
}

TEST(Fold, PassesOverTypesThatANewerMinorWrites) {
    const RunState state = History().begin_run(1).add("weather", "migrate", {{"id", 7}, {"sunny", true}}).fold();
    EXPECT_TRUE(state.open());
    EXPECT_TRUE(state.steps.empty());
    EXPECT_EQ(state.last_at, "2026-11-22T15:00:12Z");
}

TEST(Fold, RefusesGaps) {
    const auto with_number = [](int number) {
        History history;
        history.begin_run(1).add("note", "", {{"name", "x"}}).events[1].number = number;
        return history.events;
    };
    for (const int number : {1, 3, 0, -1})
        EXPECT_EQ(test::failure_of([&] { fold("r1", with_number(number)); }).code(), ExitCode::failed_clean) << number;
    EXPECT_EQ(fold("r1", with_number(2)).attempt, 1);
}

TEST(Fold, KnowsTheBranchThatARollbackLeftToAPerson) {
    History history;
    history.begin_run(1);
    EXPECT_EQ(history.fold().branch_left(), "");
    history.add("action-ended", "rollback", {{"id", "branch"}, {"done", false}, {"command", "git push"}});
    EXPECT_EQ(history.fold().branch_left(), "git push");
    history.add("action-ended", "rollback", {{"id", "branch"}, {"done", true}, {"command", ""}});
    EXPECT_EQ(history.fold().branch_left(), "");
}

TEST(Fold, RefusesAttemptsThatDoNotAscend) {
    EXPECT_EQ(test::failure_of([] { History().begin_run(2).begin_run(2).fold(); }).code(), ExitCode::failed_clean);
    EXPECT_EQ(test::failure_of([] { History().begin_run(2).begin_run(1).fold(); }).code(), ExitCode::failed_clean);
}

TEST(Fold, NamesTheEventWithRubbishInIt) {
    const std::vector<std::pair<std::string, Json>> rubbish{
        {"run-begun", Json::object()},
        {"run-begun", {{"attempt", "1"}}},
        {"run-begun", {{"attempt", 0}, {"revision", {{"commit", "c"}, {"tree", "t"}}}}},
        {"run-begun", {{"attempt", 1}, {"revision", "c"}}},
        {"run-begun", {{"attempt", 1}, {"revision", {{"commit", "c"}}}}},
        {"run-begun", {{"attempt", 1}, {"revision", {{"commit", "c"}, {"tree", "t"}}}, {"driven", "yes"}}},
        {"step-ended", Json::object()},
        {"step-ended", {{"exit_status", 0.5}}},
        {"action-begun", Json::object()},
        {"action-begun", {{"id", 7}}},
        {"action-ended", {{"id", nullptr}}},
        {"action-failed", {{"id", "x"}}},
        {"action-failed", {{"code", 4}}},
        {"note", Json::object()},
        {"note", {{"name", {{"a", 1}}}}},
        {"run-closed", Json::object()},
        {"run-closed", {{"outcome", "excellent"}}},
        {"run-closed", {{"outcome", "none"}}},
        {"note", Json::array()},
    };
    for (const auto& [type, data] : rubbish) {
        const Failure failure =
            test::failure_of([&, type = type, data = data] { History().add(type, "migrate", data).fold(); });
        EXPECT_EQ(failure.code(), ExitCode::failed_clean);
        EXPECT_NE(failure.what_happened().find("event 1 of run r1"), std::string::npos) << failure.what_happened();
    }
}

TEST(Fold, TakesAStepThatEndedWellAsTheAnswerToWhatAKilledProgramOfItBegan) {
    History history;
    history.begin_run(1).begin("migrate", "migrate").begin("verify", "checks").add("step-begun", "migrate");
    history.add("step-ended", "migrate", {{"exit_status", 5}});
    EXPECT_EQ(doubt_of(history.fold()), "verify/checks");
    history.end("verify", "checks");
    EXPECT_EQ(doubt_of(history.fold()), "migrate/migrate");
    history.add("step-ended", "migrate", {{"exit_status", 0}});
    EXPECT_EQ(doubt_of(history.fold()), "");
}

TEST(Fold, LeavesNothingInDoubtOnceTheRunIsClosed) {
    History history;
    history.begin_run(1).add("step-begun", "rollback").begin("rollback", "close");
    history.add("run-closed", "", {{"outcome", "rolled-back"}, {"why", "rows lost"}});
    const RunState state = history.fold();
    EXPECT_EQ(doubt_of(state), "");
    EXPECT_FALSE(state.steps.at("rollback").running);
    EXPECT_EQ(state.steps.at("rollback").exit_status, std::nullopt);
}

TEST(Fold, ForgetsThatAReturnWasUndoneOnceItIsReturnedAgain) {
    History history;
    history.begin_run(1).begin("rollback", "swap").end("rollback", "swap");
    history.begin("rollback", "swap-back").end("rollback", "swap-back");
    history.add("note", "rollback", {{"name", "undone"}, {"value", true}});
    EXPECT_EQ(history.fold().notes.count("undone"), 1U);
    EXPECT_FALSE(history.fold().return_begun());
    history.begin("rollback", "swap");
    EXPECT_TRUE(history.fold().return_begun());
    EXPECT_EQ(history.fold().notes.count("undone"), 1U) << "it may not come to its end";
    history.end("rollback", "swap");
    EXPECT_EQ(history.fold().notes.count("undone"), 0U);
}

TEST(Fold, KnowsARollbackThatHasBegunAndIsNotFinished) {
    History history;
    history.begin_run(1).begin("migrate", "migrate");
    EXPECT_FALSE(history.fold().returning());
    history.begin("rollback", "swap");
    EXPECT_TRUE(history.fold().returning());
    History refused = history;
    refused.fail("rollback", "swap", 4);
    EXPECT_FALSE(refused.fold().returning());
    history.end("rollback", "swap").begin("rollback", "branch").fail("rollback", "branch", 5);
    EXPECT_TRUE(history.fold().returning());
    history.add("run-closed", "", {{"outcome", "rolled-back"}, {"why", "rows lost"}});
    EXPECT_FALSE(history.fold().returning());
}

}  // namespace lastgood
