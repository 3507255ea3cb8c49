#include "core/names.hpp"
#include "expectations.hpp"
#include "steps/backup_capture/decide.hpp"

namespace lastgood {
namespace {

using test::action;
using test::expect_refused;
using test::Ids;
using test::ids;
using test::says;

constexpr std::uint64_t k_gigabyte = std::uint64_t{1} << 30;

/// A database of a gigabyte, a day on which nothing is in the way.
CaptureFacts facts() {
    CaptureFacts seen;
    seen.restore_point = "rp-own";
    seen.run = "github-1";
    seen.database = "shop";
    seen.database_size = k_gigabyte;
    seen.store_free = 100 * k_gigabyte;
    seen.server_free = 100 * k_gigabyte;
    seen.may_create_databases = true;
    seen.owns_database = true;
    seen.role = "deployer";
    return seen;
}

CaptureSettings settings(Prove prove = Prove::restore, bool keep_standby = false) {
    CaptureSettings given;
    given.prove = prove;
    given.keep_standby = keep_standby;
    return given;
}

Proof proof(const std::string& method) {
    Proof made;
    made.method = method;
    return made;
}

MarkedDatabase marked(const std::string& name, const std::string& kind, const std::string& run,
                      const std::string& restore_point, bool allows_connections = false) {
    MarkedDatabase database;
    database.name = name;
    database.mark.kind = kind;
    database.mark.run = run;
    database.mark.restore_point = restore_point;
    database.allows_connections = allows_connections;
    return database;
}

CaptureFacts facts_captured(const std::string& proven_by = "") {
    CaptureFacts seen = facts();
    seen.manifest_there = true;
    if (!proven_by.empty()) seen.proof = proof(proven_by);
    return seen;
}

struct ProofCase {
    Prove wanted;
    bool standby_wanted;
    std::string proven_by;
    bool standby_there;
    Ids planned;
};

TEST(CaptureDecides, WhatIsLeftToProve) {
    const std::vector<ProofCase> cases{
        {Prove::restore, false, "", false, {"prove"}}, {Prove::restore, false, "list", false, {"prove"}},
        {Prove::restore, false, "restore", false, {}}, {Prove::restore, true, "restore", false, {"prove"}},
        {Prove::restore, true, "restore", true, {}},   {Prove::list, false, "", false, {"prove"}},
        {Prove::list, false, "list", false, {}},       {Prove::list, false, "restore", false, {}},
        {Prove::none, false, "", false, {}},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        CaptureFacts seen = facts_captured(cases[i].proven_by);
        if (cases[i].standby_there) seen.marked = {marked("shop__lg_1", "standby", "github-1", "rp-own")};
        const Plan plan = decide(seen, settings(cases[i].wanted, cases[i].standby_wanted));
        EXPECT_EQ(ids(plan), cases[i].planned);
        EXPECT_EQ(plan.reason.empty(), !cases[i].planned.empty());
    }
}

TEST(CaptureDecides, ToCaptureAndProveWhereNothingIs) {
    EXPECT_EQ(ids(decide(facts(), settings())), (Ids{"capture", "prove"}));
    EXPECT_EQ(ids(decide(facts(), settings(Prove::list))), (Ids{"capture", "prove"}));
    const Plan unproven = decide(facts(), settings(Prove::none));
    EXPECT_EQ(ids(unproven), Ids{"capture"});
    EXPECT_TRUE(says(unproven.remarks, "nobody will know"));
}

TEST(CaptureDecides, ToChangeNothingInProductionUnlessAFenceIsWanted) {
    for (const auto& planned : decide(facts(), settings()).actions) EXPECT_FALSE(planned.changes) << planned.id;
    CaptureFacts seen = facts();
    seen.fence_wanted = true;
    const Plan plan = decide(seen, settings());
    EXPECT_EQ(ids(plan), (Ids{"raise-fence", "capture", "prove"}));
    EXPECT_TRUE(action(plan, "raise-fence").changes);
}

TEST(CaptureDecides, NotToTrustAStandbyThatSomebodyOpened) {
    CaptureFacts seen = facts_captured("restore");
    seen.marked = {marked("shop__lg_1", "standby", "github-1", "rp-own", true)};
    EXPECT_EQ(ids(decide(seen, settings(Prove::restore, true))), Ids{"prove"});
}

TEST(CaptureDecides, ToDropCopiesAndTheStandbysThatItReplacesOnly) {
    CaptureFacts seen = facts();
    seen.replaceable_runs = {"github-0"};
    seen.marked = {
        marked("left_by_a_killed_program", "copy", "github-1", "rp-own"),
        marked("of_a_closed_run", "standby", "github-0", "rp-0"),
        marked("of_a_run_without_restore_point", "standby", "github-x", "rp-x"),
        marked("its_own", "standby", "github-0", "rp-own"),
        marked("failed_one", "failed", "github-0", "rp-0"),
        marked("returned_one", "returned", "github-0", "rp-0"),
    };
    const Plan plan = decide(seen, settings());
    EXPECT_EQ(ids(plan), (Ids{"drop-copy-" + short_hash("left_by_a_killed_program"),
                              "drop-copy-" + short_hash("of_a_closed_run"), "capture", "prove"}));
    EXPECT_EQ(plan.actions[1].data.at("database"), "of_a_closed_run");
    EXPECT_FALSE(plan.actions[1].reversible);
}

TEST(CaptureDecides, ToRemoveWhatRetentionLetsGoLast) {
    CaptureFacts seen = facts();
    seen.expendable.points = {"rp-1", "rp-2"};
    const Plan plan = decide(seen, settings());
    EXPECT_EQ(ids(plan), (Ids{"capture", "prove", "remove-rp-1", "remove-rp-2"}));
    EXPECT_FALSE(action(plan, "remove-rp-1").reversible);
    EXPECT_EQ(action(plan, "remove-rp-2").data.at("restore_point"), "rp-2");
}

TEST(CaptureDecides, NotToBeginWithoutTheRightToCreateDatabases) {
    CaptureFacts seen = facts();
    seen.may_create_databases = false;
    expect_refused([&] { decide(seen, settings()); }, ExitCode::refused, "\"deployer\" may not create databases");
    EXPECT_NO_THROW(decide(seen, settings(Prove::list)));
    CaptureSettings elsewhere = settings();
    elsewhere.prove_url = SecretValue{};
    EXPECT_NO_THROW(decide(seen, elsewhere));
}

TEST(CaptureDecides, NotToCopyWhatItsRoleCouldNotRename) {
    CaptureFacts seen = facts();
    seen.owns_database = false;
    expect_refused([&] { decide(seen, settings()); }, ExitCode::refused, "\"deployer\" does not own \"shop\"");
    EXPECT_TRUE(says(decide(seen, settings(Prove::list)).remarks, "a rollback by it will be refused"));
    CaptureSettings elsewhere = settings();
    elsewhere.prove_url = SecretValue{};
    EXPECT_TRUE(says(decide(seen, elsewhere).remarks, "a rollback by it will be refused"));
}

struct RoomCase {
    std::string trouble;  ///< "" : there is room
    std::optional<std::uint64_t> disk_limit;
    std::optional<std::uint64_t> store_free;
    std::optional<std::uint64_t> server_free;
    bool prove_elsewhere = false;
};

TEST(CaptureDecides, NotToFillADisk) {
    // About half a gigabyte for the dump, 1.2 for the copy.
    const std::vector<RoomCase> cases{
        {"more than disk_limit", k_gigabyte, 100 * k_gigabyte, 100 * k_gigabyte},
        {"", 2 * k_gigabyte, 100 * k_gigabyte, 100 * k_gigabyte},
        {"the store has only", std::nullopt, k_gigabyte / 3, 100 * k_gigabyte},
        {"", std::nullopt, std::nullopt, 100 * k_gigabyte},
        {"the server's disk has only", std::nullopt, 100 * k_gigabyte, k_gigabyte},
        {"no disk_limit is given", std::nullopt, 100 * k_gigabyte, std::nullopt},
        {"", 2 * k_gigabyte, 100 * k_gigabyte, std::nullopt},
        {"", std::nullopt, 100 * k_gigabyte, std::nullopt, true},
        {"", k_gigabyte, 100 * k_gigabyte, std::nullopt, true},
    };
    for (std::size_t i = 0; i < cases.size(); ++i) {
        SCOPED_TRACE("case " + std::to_string(i));
        CaptureFacts seen = facts();
        seen.store_free = cases[i].store_free;
        seen.server_free = cases[i].server_free;
        CaptureSettings given = settings();
        given.disk_limit = cases[i].disk_limit;
        if (cases[i].prove_elsewhere) given.prove_url = SecretValue{};
        if (cases[i].trouble.empty()) {
            EXPECT_NO_THROW(decide(seen, given));
        } else {
            expect_refused([&] { decide(seen, given); }, ExitCode::refused, cases[i].trouble);
        }
    }
}

TEST(CaptureDecides, NothingAboutRoomWhereAllIsDone) {
    CaptureFacts seen = facts_captured("restore");
    seen.may_create_databases = false;
    seen.store_free = 0;
    EXPECT_TRUE(decide(seen, settings()).actions.empty());
}

TEST(CaptureDecides, PassesRemarksOn) {
    CaptureFacts seen = facts();
    seen.remarks = {"a subscription is left out"};
    EXPECT_TRUE(says(decide(seen, settings()).remarks, "a subscription is left out"));
}

}  // namespace
}  // namespace lastgood
