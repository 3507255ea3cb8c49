#include "expectations.hpp"
#include "steps/migrate/decide.hpp"
#include "support/failure_of.hpp"

namespace lastgood {
namespace {

using std::chrono::hours;
using test::action;
using test::expect_refused;
using test::Ids;
using test::ids;
using test::says;

DatabaseIdentity shop() {
    DatabaseIdentity identity;
    identity.system_identifier = "7000";
    identity.oid = 16384;
    identity.name = "shop";
    return identity;
}

/// A run with a proven, fresh restore point and two migrations to apply.
MigrateFacts facts() {
    MigrateFacts seen;
    seen.run.id = "github-1";
    seen.run.attempt = 1;
    seen.run.revision.commit = "0123456789abcdef0123456789abcdef01234567";
    seen.restore_point = "rp-own";
    seen.manifest = Manifest{};
    seen.manifest->database = shop();
    seen.proof = Proof{};
    seen.proof->method = "restore";
    seen.database = shop();
    seen.migrations.applied = {"0001_first"};
    seen.migrations.pending = {"0002_second", "0003_third"};
    seen.guard.known = true;
    seen.guard.lock_timeout = "2s";
    seen.guard.database = "shop";
    seen.guard.database_oid = 16384;
    return seen;
}

Pipeline pipeline_with(std::optional<Deploy::When> deploys = std::nullopt) {
    Pipeline pipeline;
    if (deploys) pipeline.deploy = Deploy{{"./deploy.sh"}, *deploys};
    return pipeline;
}

using Spoil = std::function<void(MigrateFacts&, Pipeline&)>;
struct RefusedCase {
    std::string trouble;
    Spoil spoil;
};

TEST(MigrateRefuses, WhatHasNoWayBack) {
    const std::vector<RefusedCase> cases{
        {"no restore point", [](auto& seen, auto&) { seen.manifest.reset(); }},
        {"is not proven", [](auto& seen, auto&) { seen.proof.reset(); }},
        {"is not proven", [](auto& seen, auto&) { seen.proof->method = "list"; }},
        {"is not proven",
         [](auto& seen, auto& pipeline) {
             pipeline.capture.prove = Prove::list;
             seen.proof.reset();
         }},
        {"of another database", [](auto& seen, auto&) { seen.database.oid = 5; }},
        {"of another database", [](auto& seen, auto&) { seen.database.system_identifier = "8000"; }},
        {"more than 1 d", [](auto& seen, auto&) { seen.age = hours(25); }},
        {"more than 1 h",
         [](auto& seen, auto& pipeline) {
             pipeline.migrate.max_age = hours(1);
             seen.age = hours(2);
         }},
        {"not on \"shop\"",
         [](auto& seen, auto&) {
             seen.guard.database = "shop_dev";
             seen.guard.database_oid = 17000;
         }},
        {"somebody changed it since",
         [](auto& seen, auto&) {
             seen.drift = Drift{7, {"c", "t"}, "+ a column"};
         }},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        MigrateFacts seen = facts();
        Pipeline pipeline = pipeline_with();
        cases[i].spoil(seen, pipeline);
        expect_refused([&] { decide(seen, pipeline); }, ExitCode::refused, cases[i].trouble);
    }
}

TEST(MigrateAllows, WhatThePipelineAskedFor) {
    const std::vector<Spoil> cases{
        [](auto&, auto&) {},
        [](auto& seen, auto& pipeline) {
            pipeline.capture.prove = Prove::list;
            seen.proof->method = "list";
        },
        [](auto& seen, auto& pipeline) {
            pipeline.capture.prove = Prove::none;
            seen.proof.reset();
        },
        [](auto& seen, auto&) { seen.age = hours(24); },
        // It has begun: a newer restore point would already hold its changes.
        [](auto& seen, auto&) {
            seen.age = hours(48);
            seen.run.first_begun["migrate/migrate"] = Json::object();
        },
        [](auto& seen, auto&) { seen.guard = GuardSeen{}; },
        [](auto& seen, auto& pipeline) {
            pipeline.migrate.drift_allowed = true;
            seen.drift = Drift{7, {"c", "t"}, "+ a column"};
        },
        // It is this run's own doing by now.
        [](auto& seen, auto&) {
            seen.drift = Drift{7, {"c", "t"}, "+ a column"};
            seen.run.first_begun["migrate/migrate"] = Json::object();
        },
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        MigrateFacts seen = facts();
        Pipeline pipeline = pipeline_with();
        cases[i](seen, pipeline);
        EXPECT_EQ(ids(decide(seen, pipeline)), (Ids{"baseline", "migrate"}));
    }
}

TEST(MigratePlans, WhatIsPendingAndWhatItMayNotTakeBack) {
    const Plan plan = decide(facts(), pipeline_with());
    EXPECT_EQ(plan.reason, "2 migrations are pending");
    EXPECT_TRUE(says(plan.remarks, "pending: 0003_third"));
    const PlannedAction& migrate = action(plan, "migrate");
    EXPECT_TRUE(migrate.changes);
    EXPECT_FALSE(migrate.reversible);
    EXPECT_EQ(migrate.data.at("applied"), Json({"0001_first"}));
    EXPECT_EQ(migrate.data.at("pending"), Json({"0002_second", "0003_third"}));
    EXPECT_FALSE(action(plan, "baseline").changes);
}

struct OrderCase {
    std::optional<Deploy::When> deploys;
    bool pending;
    Ids ended;
    Ids planned;
};

TEST(MigratePlans, BaselineFirstAndDeployWhereThePipelineSays) {
    using When = Deploy::When;
    const std::vector<OrderCase> cases{
        {std::nullopt, true, {}, {"baseline", "migrate"}},
        {When::before_migrate, true, {}, {"baseline", "deploy", "migrate"}},
        {When::after_migrate, true, {}, {"baseline", "migrate", "deploy"}},
        {When::after_migrate, false, {}, {"baseline", "deploy"}},
        {std::nullopt, false, {}, {"baseline"}},
        {When::before_migrate, true, {"migrate/baseline", "migrate/deploy"}, {"migrate"}},
        {When::after_migrate, false, {"migrate/baseline", "migrate/migrate"}, {"deploy"}},
        {When::after_migrate, false, {"migrate/baseline", "migrate/migrate", "migrate/deploy"}, {}},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        MigrateFacts seen = facts();
        if (!cases[i].pending) seen.migrations.pending.clear();
        for (const auto& ended : cases[i].ended) seen.run.ended[ended] = Json::object();
        const Plan plan = decide(seen, pipeline_with(cases[i].deploys));
        EXPECT_EQ(ids(plan), cases[i].planned);
        EXPECT_FALSE(plan.reason.empty());
    }
}

TEST(MigratePlans, ToRunOnceWhatDoesNotSayWhatIsPending) {
    MigrateFacts seen = facts();
    seen.migrations.pending.clear();
    seen.migrations.pending_known = false;
    Pipeline pipeline = pipeline_with();
    pipeline.migrate.rehearse = RehearseSettings{};
    const Plan plan = decide(seen, pipeline);
    EXPECT_EQ(ids(plan), (Ids{"rehearse", "baseline", "migrate"}));
    EXPECT_EQ(plan.reason, "nobody can tell what is pending (migrate.pending is not given)");
    for (const auto& ended : {"migrate/rehearse", "migrate/baseline", "migrate/migrate"})
        seen.run.ended[ended] = Json::object();
    EXPECT_TRUE(decide(seen, pipeline).actions.empty());
}

TEST(MigrateSays, ThatItIsUnguarded) {
    MigrateFacts seen = facts();
    EXPECT_FALSE(says(decide(seen, pipeline_with()).remarks, "unguarded"));
    seen.guard.lock_timeout = "0";
    EXPECT_TRUE(says(decide(seen, pipeline_with()).remarks, "lock_timeout did not reach"));
    seen.guard = GuardSeen{};
    EXPECT_TRUE(says(decide(seen, pipeline_with()).remarks, "could not be looked at"));
}

TEST(MigrateRehearses, WhatIsPendingOnceAndBeforeAnythingElse) {
    MigrateFacts seen = facts();
    Pipeline pipeline = pipeline_with(Deploy::When::before_migrate);
    pipeline.migrate.rehearse = RehearseSettings{};
    Plan plan = decide(seen, pipeline);
    EXPECT_EQ(ids(plan), (Ids{"rehearse", "baseline", "deploy", "migrate"}));
    EXPECT_FALSE(action(plan, "rehearse").changes);

    seen.run.ended["migrate/rehearse"] = Json::object();
    EXPECT_EQ(ids(decide(seen, pipeline)), (Ids{"baseline", "deploy", "migrate"}));

    // It has begun: a clone of the restore point is not what production is any more.
    seen.run.ended.clear();
    seen.run.first_begun["migrate/migrate"] = Json::object();
    EXPECT_EQ(ids(decide(seen, pipeline)), (Ids{"baseline", "deploy", "migrate"}));

    seen = facts();
    seen.migrations.pending.clear();
    EXPECT_EQ(ids(decide(seen, pipeline)), (Ids{"baseline", "deploy"}));
}

TEST(MigratePlans, ToDropTheIndexesThatAFailedTryLeft) {
    MigrateFacts seen = facts();
    seen.run.first_begun["migrate/migrate"] = {{"invalid_indexes", {"public.old_one"}}};
    seen.invalid_indexes = {"public.old_one", "public.half_built"};
    Pipeline pipeline = pipeline_with();
    EXPECT_TRUE(says(decide(seen, pipeline).remarks, "an earlier try left an invalid index: public.half_built"));
    EXPECT_EQ(ids(decide(seen, pipeline)), (Ids{"baseline", "migrate"}));

    pipeline.migrate.remove_invalid_indexes = true;
    const Plan plan = decide(seen, pipeline);
    ASSERT_EQ(plan.actions.size(), 3U);
    EXPECT_EQ(plan.actions[1].summary, "drop the invalid index public.half_built");
    EXPECT_EQ(plan.actions[1].data.at("index"), "public.half_built");
    EXPECT_TRUE(plan.actions[1].changes);
}

/// A pipeline that runs a script in the place of migrations.
struct HotfixWorld {
    HotfixWorld() {
        pipeline.migrate.hotfix = HotfixSettings{};
        pipeline.migrate.hotfix->expect_rows = {3};
        pipeline.migrate.rehearse = RehearseSettings{};
        seen.hotfix = HotfixFacts{"fix.sql (1a2b3c)", "fix.sql", "1a2b3c"};
    }
    MigrateFacts seen = facts();
    Pipeline pipeline = pipeline_with(Deploy::When::after_migrate);
};

TEST(MigratePlansAHotfix, InThePlaceOfMigrationsAndOfADeploy) {
    const HotfixWorld world;
    const Plan plan = decide(world.seen, world.pipeline);
    EXPECT_EQ(ids(plan), (Ids{"baseline", "migrate"}));
    EXPECT_TRUE(says(plan.remarks, "2 migrations are pending: a hotfix does not run them"));
    const PlannedAction& run = action(plan, "migrate");
    EXPECT_EQ(run.summary, "run fix.sql (1a2b3c) in one transaction, touching 3 rows");
    EXPECT_EQ(run.data.at("pending"), Json({"fix.sql"}));
    EXPECT_EQ(run.data.at("sha256"), "1a2b3c");
}

TEST(MigratePlansAHotfix, NeverASecondTime) {
    HotfixWorld world;
    world.seen.hotfix->committed = true;
    EXPECT_TRUE(decide(world.seen, world.pipeline).actions.empty());
    world.seen.hotfix->committed = false;
    world.seen.run.ended["migrate/migrate"] = Json::object();
    EXPECT_TRUE(decide(world.seen, world.pipeline).actions.empty());
}

TEST(MigratePlansAHotfix, OnlyAsItWasTried) {
    HotfixWorld world;
    world.seen.hotfix->tried_sha256 = "1a2b3c";
    EXPECT_EQ(ids(decide(world.seen, world.pipeline)), (Ids{"baseline", "migrate"}));
    world.seen.hotfix->tried_sha256 = "ffff";
    expect_refused([&] { decide(world.seen, world.pipeline); }, ExitCode::refused, "not the script that was tried");
}

RehearsalReport rehearsed() {
    RehearsalReport report;
    RehearsedMigration migration;
    migration.name = "0002_second";
    migration.took = std::chrono::seconds(4);
    migration.locks.push_back(
        {.table = "public.orders", .mode = "AccessExclusiveLock", .held = std::chrono::milliseconds(800)});
    migration.change.wal = 10 << 20;
    report.migrations.push_back(migration);
    return report;
}

TEST(TheRehearsalIsRefused, WithEveryLimitThatItExceeds) {
    RehearseSettings limits;
    require_within_limits(rehearsed(), limits);
    limits.max_lock["AccessExclusiveLock"] = std::chrono::milliseconds(800);
    limits.max_lock["ShareLock"] = std::chrono::milliseconds(1);
    limits.max_duration = std::chrono::seconds(4);
    limits.max_wal = 10 << 20;
    require_within_limits(rehearsed(), limits);

    limits.max_lock["AccessExclusiveLock"] = std::chrono::milliseconds(500);
    limits.max_duration = std::chrono::seconds(3);
    limits.max_wal = 1 << 20;
    const Failure failure = test::failure_of([&] { require_within_limits(rehearsed(), limits); });
    EXPECT_EQ(failure.code(), ExitCode::refused);
    EXPECT_EQ(failure.what_happened(), "the rehearsal exceeds 3 limits of the pipeline");
    EXPECT_NE(
        failure.detail().find("0002_second: AccessExclusiveLock on public.orders for 800 ms, max_lock allows 500 ms"),
        std::string::npos)
        << failure.detail();
}

}  // namespace
}  // namespace lastgood
