#include "steps/lastgood/run_report.hpp"

#include <gtest/gtest.h>

namespace lastgood {
namespace {

using Lines = std::vector<std::string>;

/// An open run whose steps ended with these exit statuses.
RunState run_with(const std::map<std::string, int>& ends) {
    RunState run;
    run.id = "github-1";
    run.attempt = 1;
    for (const auto& [name, status] : ends) {
        run.steps[name].begun = true;
        run.steps[name].exit_status = status;
        run.first_begun[name + "/" + name] = Json::object();
    }
    return run;
}

TEST(StatusListsTheSteps, InTheOrderOfTheChain) {
    RunState run = run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 7}});
    run.steps["rollback"].running = true;
    EXPECT_EQ(say_steps(run),
              (Lines{"backup-capture: exit 0", "migrate: exit 0", "verify: exit 7", "rollback: begun, not ended"}));
    EXPECT_TRUE(say_steps(RunState{}).empty());
}

struct NextCase {
    RunState run;
    std::string next;
};

TEST(StatusProposes, WhatAPersonHasToDecide) {
    RunState in_doubt = run_with({{"backup-capture", 0}, {"migrate", 6}, {"rollback", 9}});
    in_doubt.in_doubt = OpenAction{"migrate", "migrate", Json::object()};
    RunState half_way = run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 9}});
    half_way.in_doubt = OpenAction{"rollback", "restore", Json::object()};
    RunState asking_again = run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 9}});
    asking_again.steps["verify"].running = true;
    const std::vector<NextCase> cases{
        {run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 9}}),
         "lastgood verify --run-id github-1   asks again; or decide:"},
        {run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 7}, {"rollback", 9}}),
         "lastgood rollback --accept-loss --run-id github-1   "},
        {run_with({{"backup-capture", 0}, {"migrate", 5}, {"rollback", 9}}),
         "lastgood rollback --accept-loss --run-id github-1   "},
        {in_doubt, "lastgood rollback --accept-loss --run-id github-1   "},
        {half_way, "lastgood rollback --run-id github-1   finishes"},
        {asking_again, "lastgood verify --run-id github-1   or lastgood rollback"},
        {run_with({{"backup-capture", 0}, {"migrate", 0}, {"verify", 7}}),
         "lastgood verify --run-id github-1   or lastgood rollback"},
        {run_with({{"backup-capture", 0}, {"migrate", 5}}),
         "lastgood rollback --run-id github-1   or mend it and: lastgood migrate"},
        {run_with({{"backup-capture", 0}}), "lastgood migrate --run-id github-1"},
        {RunState{}, "nothing to do"},
    };
    for (std::size_t i = 0; i < cases.size(); ++i)
        EXPECT_EQ(next_of(cases[i].run).rfind(cases[i].next, 0), 0U) << "case " << i << ": " << next_of(cases[i].run);
}

TEST(StatusProposes, TheCommandForABranchThatWasLeft) {
    RunState run = run_with({{"migrate", 0}, {"verify", 7}, {"rollback", 5}});
    run.outcome = Outcome::rolled_back;
    EXPECT_EQ(next_of(run), "nothing to do");
    run.ended["rollback/branch"] = {{"done", false}, {"what", "main has moved on"}, {"command", "git push"}};
    EXPECT_EQ(next_of(run), "git push   returns the branch, unless that is done");
    run.notes["undone"] = true;
    EXPECT_EQ(next_of(run), "nothing to do");
}

}  // namespace
}  // namespace lastgood
