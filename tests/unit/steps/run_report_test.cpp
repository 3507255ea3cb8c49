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

}  // namespace
}  // namespace lastgood
