#include "record/environment_ledger.hpp"

#include "record/run_record.hpp"
#include "record_place.hpp"

#include <fstream>

#include <gtest/gtest.h>

namespace lastgood {

using test::failure_of;
using test::k_scope;

class EnvironmentLedgerTest : public testing::Test {
  protected:
    bool open(const std::string& run, int attempt, const std::string& tree, int number = 0) {
        return ledger.open({number, run, attempt, {"c-" + tree, tree}, "ann on host", "2026-11-22T15:00:00Z"});
    }
    void begin(const std::string& run, int attempt, const std::string& tree) {
        RunRecord(*place.store, k_scope, run)
            .append("run-begun", "", {{"attempt", attempt}, {"revision", {{"commit", "c-" + tree}, {"tree", tree}}}});
    }
    void close(const std::string& run, const std::string& outcome) {
        RunRecord(*place.store, k_scope, run).append("run-closed", "", {{"outcome", outcome}});
    }
    void pass(const std::string& run, int attempt, const std::string& tree, const std::string& outcome) {
        ASSERT_TRUE(open(run, attempt, tree));
        begin(run, attempt, tree);
        close(run, outcome);
    }

    test::RecordPlace place;
    EnvironmentLedger ledger{*place.store, k_scope};
};

TEST_F(EnvironmentLedgerTest, IsEmptyAtFirst) {
    EXPECT_TRUE(ledger.openings().empty());
    EXPECT_FALSE(ledger.newest());
    EXPECT_FALSE(ledger.open_run());
    EXPECT_FALSE(ledger.newest_of_tree("t"));
    EXPECT_FALSE(ledger.bound_database());
}

TEST_F(EnvironmentLedgerTest, GivesOpeningsBackInOrder) {
    EXPECT_TRUE(open("r1", 1, "t1", 1));
    EXPECT_TRUE(open("r2", 3, "t2"));
    EXPECT_FALSE(open("r3", 1, "t3", 2));
    const auto openings = ledger.openings();
    ASSERT_EQ(openings.size(), 2U);
    EXPECT_EQ(openings[0].run, "r1");
    EXPECT_EQ(openings[1].number, 2);
    EXPECT_EQ(openings[1].attempt, 3);
    EXPECT_EQ(openings[1].revision, (Revision{"c-t2", "t2"}));
    EXPECT_EQ(openings[1].host, "ann on host");
    EXPECT_EQ(openings[1].at, "2026-11-22T15:00:00Z");
    EXPECT_EQ(ledger.newest()->run, "r2");
}

TEST_F(EnvironmentLedgerTest, LetsOneOfManyProgramsClaimTheEnvironment) {
    for (int round = 1; round <= 10; ++round) {
        const int won = test::winners(place, 4, [round](Store& store, int number) {
            return EnvironmentLedger(store, k_scope)
                .open({round, "r" + std::to_string(number), round, {"c", "t"}, "", ""});
        });
        ASSERT_EQ(won, 1);
        ASSERT_EQ(ledger.newest()->number, round);
    }
}

TEST_F(EnvironmentLedgerTest, KnowsTheOpenRun) {
    ASSERT_TRUE(open("r1", 1, "t1"));
    begin("r1", 1, "t1");
    ASSERT_TRUE(ledger.open_run());
    EXPECT_EQ(ledger.open_run()->id, "r1");
    close("r1", "good");
    EXPECT_FALSE(ledger.open_run());
}

TEST_F(EnvironmentLedgerTest, CountsARunKilledBeforeItsFirstEventAsOpen) {
    ASSERT_TRUE(open("r1", 1, "t1"));
    const auto run = ledger.open_run();
    ASSERT_TRUE(run);
    EXPECT_TRUE(run->open());
    EXPECT_EQ(run->id, "r1");
    EXPECT_EQ(run->attempt, 1);
    EXPECT_EQ(run->revision.tree, "t1");
    EXPECT_EQ(run->actor, "ann on host");
    EXPECT_EQ(run->begun_at, "2026-11-22T15:00:00Z");
}

TEST_F(EnvironmentLedgerTest, CountsANewAttemptOfAClosedRunAsOpen) {
    pass("r1", 1, "t1", "rolled-back");
    ASSERT_TRUE(open("r1", 2, "t1"));
    ASSERT_TRUE(ledger.open_run());
    EXPECT_EQ(ledger.open_run()->attempt, 2);
    EXPECT_EQ(ledger.open_run()->outcome, Outcome::none);
}

TEST_F(EnvironmentLedgerTest, FindsHowATreeEnded) {
    pass("r1", 1, "bad", "rolled-back");
    pass("r2", 1, "fine", "good");
    ASSERT_TRUE(open("r3", 1, "new"));
    begin("r3", 1, "new");
    EXPECT_EQ(ledger.newest_of_tree("bad")->id, "r1");
    EXPECT_EQ(ledger.newest_of_tree("bad")->outcome, Outcome::rolled_back);
    EXPECT_EQ(ledger.newest_of_tree("fine")->outcome, Outcome::good);
    EXPECT_FALSE(ledger.newest_of_tree("new"));
}

TEST_F(EnvironmentLedgerTest, RemembersAnEarlierAttemptWhileALaterOneRuns) {
    pass("r1", 1, "bad", "rolled-back");
    ASSERT_TRUE(open("r1", 2, "bad"));
    EXPECT_EQ(ledger.newest_of_tree("bad")->outcome, Outcome::rolled_back);
    begin("r1", 2, "bad");
    EXPECT_EQ(ledger.newest_of_tree("bad")->outcome, Outcome::rolled_back);
    EXPECT_EQ(ledger.newest_of_tree("bad")->attempt, 1);
}

TEST_F(EnvironmentLedgerTest, KeepsAVerdictOverRunsThatSayNothingAboutTheTree) {
    pass("r1", 1, "bad", "rolled-back");
    pass("r2", 1, "bad", "failed-clean");
    pass("r3", 1, "bad", "abandoned");
    EXPECT_EQ(ledger.newest_of_tree("bad")->id, "r1");
    pass("r4", 1, "bad", "good");
    EXPECT_EQ(ledger.newest_of_tree("bad")->id, "r4");
    pass("r5", 1, "other", "failed-clean");
    EXPECT_EQ(ledger.newest_of_tree("other")->id, "r5");
}

TEST_F(EnvironmentLedgerTest, BindsTheDatabaseItSawLast) {
    const DatabaseIdentity first{"7312345678901234567", 16384, "shop", "db:5432"};
    const DatabaseIdentity second{"7312345678901234567", 16999, "shop", "db:5432"};
    ledger.bind_database(first);
    EXPECT_EQ(ledger.bound_database(), first);
    ledger.bind_database(first);
    EXPECT_EQ(place.store->list("shop/production/binding/").size(), 1U);
    ledger.bind_database(second);
    EXPECT_EQ(ledger.bound_database(), second);
}

TEST_F(EnvironmentLedgerTest, KeepsEnvironmentsApart) {
    ASSERT_TRUE(open("r1", 1, "t1"));
    EXPECT_FALSE(EnvironmentLedger(*place.store, "shop/staging").newest());
    EXPECT_FALSE(EnvironmentLedger(*place.store, "shop production").newest());
    EnvironmentLedger hostile(*place.store, "../..");
    EXPECT_TRUE(hostile.open({1, "r", 1, {"c", "t"}, "", ""}));
    EXPECT_EQ(ledger.openings().size(), 1U);
}

TEST_F(EnvironmentLedgerTest, NamesTheKeyOfRubbish) {
    ASSERT_TRUE(place.store->create("shop/production/openings/000001.json", R"({"format":1,"run":7})"));
    ASSERT_TRUE(place.store->create("shop/production/binding/000001.json", R"({"format":1,"database":[]})"));
    EXPECT_NE(failure_of([&] { ledger.newest(); }).what_happened().find("openings/000001.json"), std::string::npos);
    EXPECT_EQ(failure_of([&] { ledger.open_run(); }).code(), ExitCode::failed_clean);
    EXPECT_NE(failure_of([&] { ledger.bound_database(); }).what_happened().find("binding/000001.json"),
              std::string::npos);
}

}  // namespace lastgood
