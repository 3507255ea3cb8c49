#include "check_world.hpp"

#include <gtest/gtest.h>

namespace lastgood::test {
namespace {

CheckResult run_command(const Argv& argv, Milliseconds timeout = std::chrono::seconds(20)) {
    CheckWorld world("postgres");
    return world.run("command", CommandCheck{argv}, timeout);
}

TEST(CommandChecks, PassAndFailByTheExitStatus) {
    EXPECT_EQ(run_command({"sh", "-c", "test \"$LASTGOOD_REVISION\" = 9c1e2aa"}).verdict, Verdict::passed);
    const auto result = run_command({"sh", "-c", "echo row of data; exit 3"});
    EXPECT_EQ(result.verdict, Verdict::failed);
    EXPECT_EQ(result.reason, "sh: exit status 3");
    EXPECT_EQ(result.evidence.found, "exit status 3");
    EXPECT_EQ(result.evidence.differences, std::vector<std::string>{"row of data"});
}

TEST(CommandChecks, CannotTellWhenTheCommandDoesNotRunToItsEnd) {
    EXPECT_EQ(run_command({"/no/such/program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "no-such-program"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sh", "-c", "kill -KILL $$"}).verdict, Verdict::unknown);
    EXPECT_EQ(run_command({"sleep", "60"}, Milliseconds(200)).verdict, Verdict::unknown);
}

}  // namespace
}  // namespace lastgood::test
