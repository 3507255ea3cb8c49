#include "expectations.hpp"
#include "steps/rollback/decide.hpp"

namespace lastgood {
namespace {

using Lines = std::vector<std::string>;

TEST(LossesAreSaid, PerTableAndHonestly) {
    LossReport losses;
    losses.tables = {{"public.orders", 12, 3, false, ""},
                     {"public.carts", 1, 0, true, "rewritten by the migration"},
                     {"public.old", 0, 7, false, "dropped by the migration"}};
    const Lines said = say_losses(losses);
    ASSERT_EQ(said.size(), 3U);
    EXPECT_EQ(said[0], "public.orders: 12 rows written by others, 3 more possibly");
    EXPECT_EQ(said[1], "public.carts: at most 1 row written by others (rewritten by the migration)");
    EXPECT_EQ(said[2], "public.old: 0 rows written by others, 7 more possibly (dropped by the migration)");
    EXPECT_TRUE(say_losses(LossReport{}).empty());
}

/// An open run whose migrate began and ended with `status`.
RunState migrated(std::optional<int> status) {
    RunState run;
    run.id = "github-1";
    run.attempt = 1;
    run.first_begun["migrate/migrate"] = Json::object();
    run.steps["migrate"].begun = true;
    run.steps["migrate"].exit_status = status;
    return run;
}

TEST(IfFailed, ActsOnFailuresThatChangedSomething) {
    for (const int status : {5, 6, 7, 129, 130, 143}) EXPECT_FALSE(reason_to_leave_alone(migrated(status))) << status;
}

TEST(IfFailed, LeavesAloneWhatEndedOtherwise) {
    for (const int status : {0, 1, 2, 3, 4, 8, 9}) EXPECT_TRUE(reason_to_leave_alone(migrated(status))) << status;
}

TEST(IfFailed, ActsOnWhatIsInDoubt) {
    RunState run = migrated(0);
    run.in_doubt = OpenAction{"migrate", "deploy", Json::object()};
    EXPECT_FALSE(reason_to_leave_alone(run));
}

TEST(IfFailed, ActsWhereAProgramNeverCameToItsEnd) {
    RunState run = migrated(std::nullopt);
    run.steps["migrate"].running = true;
    EXPECT_FALSE(reason_to_leave_alone(run));
}

TEST(IfFailed, LooksAtEveryStep) {
    RunState run = migrated(0);
    run.steps["verify"].exit_status = 7;
    EXPECT_FALSE(reason_to_leave_alone(run));
}

TEST(IfFailed, ActsOnARejectedReleaseForWhichNothingWasMigrated) {
    RunState run = migrated(0);
    run.first_begun = {{"verify/checks", Json::object()}};
    run.steps["verify"].exit_status = 7;
    EXPECT_FALSE(reason_to_leave_alone(run));
    run.steps["verify"].exit_status = 9;
    EXPECT_TRUE(reason_to_leave_alone(run));
}

TEST(IfFailed, LeavesAloneWhatWasNeverChangedOrIsClosed) {
    EXPECT_EQ(reason_to_leave_alone(RunState{}), "no run is open");
    RunState untouched = migrated(5);
    untouched.first_begun.clear();
    EXPECT_EQ(reason_to_leave_alone(untouched), "run github-1 changed nothing");
    RunState closed = migrated(5);
    closed.outcome = Outcome::rolled_back;
    EXPECT_EQ(reason_to_leave_alone(closed), "run github-1 is closed (rolled-back)");
}

}  // namespace
}  // namespace lastgood
