#include "expectations.hpp"
#include "steps/rollback/decide.hpp"

#include <algorithm>

namespace lastgood {
namespace {

using test::action;
using test::expect_refused;
using test::Ids;
using test::ids;
using test::says;

MarkedDatabase database(const std::string& name) {
    MarkedDatabase made;
    made.name = name;
    made.allows_connections = false;
    return made;
}

TableLoss loss(std::uint64_t certain, std::uint64_t possible) {
    TableLoss made;
    made.table = "public.orders";
    made.certain = certain;
    made.possible = possible;
    return made;
}

/// A run that migrated, with a restore point, its standby and a good release to return to.
RollbackFacts facts() {
    RollbackFacts seen;
    seen.run.id = "github-1";
    seen.run.attempt = 1;
    seen.run.first_begun["migrate/migrate"] = Json::object();
    seen.restore_point = "rp-own";
    seen.manifest = Manifest{};
    seen.standby = database("shop__lg_1");
    seen.live.name = "shop";
    seen.role = "deployer";
    seen.owns_live = true;
    seen.may_create_databases = true;
    seen.good.commit = "0123456789abcdef0123456789abcdef01234567";
    return seen;
}

Pipeline pipeline(std::uint64_t max_lost = 0) {
    Pipeline made;
    made.environment = "production";
    made.rollback.max_lost = max_lost;
    return made;
}

using Change = std::function<void(RollbackFacts&, Pipeline&, RollbackOptions&)>;
struct PlanCase {
    Change change;
    Ids planned;
};

TEST(RollbackPlans, TheWayBackFromWhatIsThere) {
    const std::vector<PlanCase> cases{
        {[](auto&, auto&, auto&) {}, {"swap", "check", "branch", "close"}},
        {[](auto& seen, auto&, auto&) { seen.standby.reset(); }, {"restore", "swap", "check", "branch", "close"}},
        {[](auto& seen, auto&, auto&) { seen.deploys = true; }, {"deploy", "swap", "check", "branch", "close"}},
        {[](auto& seen, auto&, auto&) {
             seen.deploys = true;
             seen.standby.reset();
         },
         {"restore", "deploy", "swap", "check", "branch", "close"}},
        {[](auto& seen, auto&, auto&) {
             seen.deploys = true;
             seen.good = Revision{};
         },
         {"swap", "check", "branch", "close"}},
        {[](auto& seen, auto& pipeline, auto&) {
             seen.fence_noted = true;
             pipeline.rollback.before_open = {"flush"};
         },
         {"swap", "before-open", "lift-fence", "check", "branch", "close"}},
        // The swap is done: its program died after it.
        {[](auto& seen, auto&, auto&) {
             seen.failed = database("shop__lg_failed");
             seen.standby.reset();
         },
         {"check", "branch", "close"}},
        {[](auto& seen, auto&, auto& options) {
             seen.manifest.reset();
             options.without_store = true;
             seen.run.first_begun.clear();
         },
         {"swap", "check", "branch", "close"}},
        {[](auto& seen, auto&, auto& options) {
             options.to_run = "github-0";
             seen.run.first_begun.clear();
         },
         {"swap", "check", "branch", "close"}},
        // Nothing was changed: there is nothing to return.
        {[](auto& seen, auto&, auto&) { seen.run.first_begun.clear(); }, {"close-clean"}},
        {[](auto& seen, auto&, auto&) {
             seen.run.first_begun = {{"backup-capture/capture", Json::object()}};
             seen.fence_noted = true;
         },
         {"lift-fence", "close-clean"}},
        // Judged, but nothing was migrated: the database is the good one as it stands.
        {[](auto& seen, auto&, auto&) {
             seen.run.first_begun = {{"verify/checks", Json::object()}};
         },
         {"branch", "close"}},
        {[](auto& seen, auto&, auto&) {
             seen.run.first_begun = {{"verify/checks", Json::object()}, {"rollback/branch", Json::object()}};
             seen.fence_noted = true;
             seen.losses.tables = {loss(9, 9)};
         },
         {"lift-fence", "branch", "close"}},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        RollbackFacts seen = facts();
        Pipeline given = pipeline();
        RollbackOptions options;
        cases[i].change(seen, given, options);
        const Plan plan = decide(seen, given, options);
        EXPECT_EQ(ids(plan), cases[i].planned);
        EXPECT_FALSE(plan.reason.empty());
    }
}

TEST(RollbackPlans, NothingWithoutAWayBack) {
    RollbackFacts seen = facts();
    seen.standby.reset();
    seen.manifest.reset();
    expect_refused([&] { decide(seen, pipeline(), {}); }, ExitCode::refused, "neither a standby nor a restore point");
}

TEST(RollbackPlans, NothingThatTheRoleMayNotSwapInTheEnd) {
    RollbackFacts seen = facts();
    seen.standby.reset();
    seen.owns_live = false;
    expect_refused([&] { decide(seen, pipeline(), {}); }, ExitCode::refused, "role \"deployer\" does not own \"shop\"");
    seen.owns_live = true;
    seen.may_create_databases = false;
    expect_refused([&] { decide(seen, pipeline(), {}); }, ExitCode::refused, "may not rename databases");
    // Swapped already: what is left needs neither.
    seen.owns_live = false;
    seen.failed = database("shop__lg_failed");
    EXPECT_EQ(ids(decide(seen, pipeline(), {})), (Ids{"check", "branch", "close"}));
}

struct LossCase {
    std::uint64_t certain;
    std::uint64_t possible;
    std::uint64_t max_lost;
    Change change;
    bool refused;
};

TEST(RollbackPlans, NoLossBeyondWhatIsAllowed) {
    const Change none = [](auto&, auto&, auto&) {};
    const Change accepted = [](auto&, auto&, auto& options) { options.accept_loss = true; };
    const Change swapped = [](auto& seen, auto&, auto&) { seen.failed = database("shop__lg_failed"); };
    const Change to_older = [](auto&, auto&, auto& options) { options.to_run = "github-0"; };
    const Change without_store = [](auto&, auto&, auto& options) { options.without_store = true; };
    const std::vector<LossCase> cases{
        {0, 0, 0, none, false},     {1, 0, 0, none, true},          {10, 0, 10, none, false},
        {11, 0, 10, none, true},    {0, 50, 0, none, false},        {0, 1, 0, to_older, true},
        {0, 1, 1, to_older, false}, {0, 1, 0, without_store, true}, {5, 6, 10, to_older, true},
        {9, 9, 0, accepted, false}, {9, 9, 0, swapped, false},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        RollbackFacts seen = facts();
        seen.losses.tables = {loss(cases[i].certain, cases[i].possible)};
        Pipeline given = pipeline(cases[i].max_lost);
        RollbackOptions options;
        cases[i].change(seen, given, options);
        if (cases[i].refused) {
            expect_refused([&] { decide(seen, given, options); }, ExitCode::person, "public.orders");
        } else {
            EXPECT_NO_THROW(decide(seen, given, options));
        }
    }
}

TEST(RollbackPlans, ToSayTheCommandThatAcceptsTheLoss) {
    RollbackFacts seen = facts();
    seen.losses.tables = {loss(1, 0)};
    RollbackOptions options;
    options.to_run = "github-0";
    try {
        decide(seen, pipeline(), options);
        FAIL() << "not refused";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.next().rfind("lastgood rollback --accept-loss --to github-0 --confirm production", 0), 0U)
            << failure.next();
    }
}

TEST(RollbackSays, WhatDoesNotComeBack) {
    RollbackFacts seen = facts();
    seen.losses.tables = {loss(3, 0)};
    seen.manifest->subscriptions = {"from_headquarters"};
    const Plan plan = decide(seen, pipeline(3), {});
    EXPECT_TRUE(says(plan.remarks, "not carried over: public.orders: 3 rows"));
    EXPECT_TRUE(says(plan.remarks, "subscription \"from_headquarters\""));
    seen.good = Revision{};
    EXPECT_TRUE(says(decide(seen, pipeline(3), {}).remarks, "the code is left to you"));
}

TEST(RollbackPlans, WhichActionsChangeProduction) {
    RollbackFacts seen = facts();
    seen.standby.reset();
    seen.deploys = true;
    const Plan plan = decide(seen, pipeline(), {});
    EXPECT_FALSE(action(plan, "restore").changes);
    EXPECT_FALSE(action(plan, "check").changes);
    for (const auto* id : {"deploy", "swap", "branch"}) EXPECT_TRUE(action(plan, id).changes) << id;
}

WayDown proven_way_down() {
    WayDown way;
    way.tried = true;
    way.proven = true;
    way.took = std::chrono::seconds(1);
    return way;
}

/// What the rehearsal knows of the ways down, and what the pipeline wants.
struct StrategyCase {
    Strategy strategy;
    std::function<void(RollbackFacts&)> change;
    bool down;
};

TEST(RollbackGoesDown, WhereItIsAskedForOrProvenAndKeepsSomething) {
    const auto others_wrote = [](auto& seen) { seen.losses.tables = {loss(0, 1)}; };
    const std::vector<StrategyCase> cases{
        {Strategy::restore, others_wrote, false},
        {Strategy::automatic, others_wrote, true},
        {Strategy::automatic, [](auto&) {}, false},  // nothing would be lost: the restore point is surer
        {Strategy::automatic,
         [&](auto& seen) {
             others_wrote(seen);
             seen.down->proven = false;
         },
         false},
        {Strategy::down, [](auto& seen) { seen.down->proven = false; }, true},
        // What others wrote does not survive it, or nobody can tell.
        {Strategy::automatic,
         [&](auto& seen) {
             others_wrote(seen);
             seen.down->touched = {"public.orders"};
         },
         false},
        {Strategy::automatic,
         [&](auto& seen) {
             others_wrote(seen);
             seen.down->touched = {"public.more"};
         },
         true},
        {Strategy::automatic,
         [&](auto& seen) {
             others_wrote(seen);
             seen.down->unseen = true;
         },
         false},
        // It has begun to: what is half way down is not restored over.
        {Strategy::automatic, [](auto& seen) { seen.down->begun = true; }, true},
        {Strategy::automatic,
         [&](auto& seen) {
             others_wrote(seen);
             seen.down.reset();
         },
         false},
        // The swap is done already.
        {Strategy::down, [](auto& seen) { seen.failed = database("shop__lg_failed"); }, false},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        RollbackFacts seen = facts();
        seen.down = proven_way_down();
        cases[i].change(seen);
        EXPECT_EQ(goes_down(seen, cases[i].strategy), cases[i].down);
        Pipeline given = pipeline(10);
        given.rollback.strategy = cases[i].strategy;
        const Ids planned = ids(decide(seen, given, {}));
        EXPECT_EQ(std::count(planned.begin(), planned.end(), "go-down"), cases[i].down ? 1 : 0);
        EXPECT_EQ(std::count(planned.begin(), planned.end(), "swap"), cases[i].down || seen.failed ? 0 : 1);
    }
}

TEST(RollbackGoesDown, NotOverRowsOfOthersUnlessTheLossIsAccepted) {
    RollbackFacts seen = facts();
    seen.down = proven_way_down();
    seen.down->touched = {"public.orders"};
    seen.losses.tables = {loss(2, 0)};
    Pipeline given = pipeline(1);
    given.rollback.strategy = Strategy::down;
    expect_refused([&] { decide(seen, given, {}); }, ExitCode::person, "going down could destroy 2 rows");
    RollbackOptions options;
    options.accept_loss = true;
    EXPECT_EQ(ids(decide(seen, given, options)).front(), "go-down");
    given.rollback.max_lost = 2;
    EXPECT_EQ(ids(decide(seen, given, {})).front(), "go-down");
}

TEST(RollbackGoesDown, AsTheCommandLineSaysWhateverThePipelineDoes) {
    Pipeline given = pipeline();
    given.rollback.strategy = Strategy::restore;
    EXPECT_EQ(strategy_of(given, {}), Strategy::restore);
    RollbackOptions options;
    options.strategy = "down";
    EXPECT_EQ(strategy_of(given, options), Strategy::down);
    options.strategy = "auto";
    EXPECT_EQ(strategy_of(given, options), Strategy::automatic);
    options.strategy = "restore";
    given.rollback.strategy = Strategy::down;
    EXPECT_EQ(strategy_of(given, options), Strategy::restore);
}

TEST(RollbackPlans, NoBranchForAHotfix) {
    RollbackFacts seen = facts();
    seen.run.hotfix = true;
    EXPECT_EQ(ids(decide(seen, pipeline(), {})), (Ids{"swap", "check", "close"}));
}

}  // namespace
}  // namespace lastgood
