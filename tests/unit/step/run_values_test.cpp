#include "core/names.hpp"
#include "step/baseline.hpp"
#include "step/check_results.hpp"
#include "step/joined_run.hpp"
#include "step/standby.hpp"

#include <set>

#include <gtest/gtest.h>

namespace lastgood {
namespace {

Baseline sample() {
    Baseline baseline;
    baseline.window_begin = "700:712:705";
    baseline.fenced = true;
    RowCount orders;
    orders.table = "public.orders";
    orders.oid = 4'000'000'000U;
    orders.rows = 9'000'000'000'000U;
    orders.newer = 12;
    orders.perhaps_newer = 3;
    baseline.before.rows = {orders, RowCount{}};
    return baseline;
}

RunState run_with(const Baseline& baseline) {
    RunState run;
    run.ended["migrate/baseline"] = Json::parse(to_json(baseline).dump());
    return run;
}

TEST(Baselines, ComeBackFromTheRecordAsTheyWere) {
    const Baseline read = baseline_of(run_with(sample()));
    EXPECT_EQ(read.window_begin, "700:712:705");
    EXPECT_TRUE(read.fenced);
    ASSERT_EQ(read.before.rows.size(), 2U);
    EXPECT_EQ(read.before.rows[0].table, "public.orders");
    EXPECT_EQ(read.before.rows[0].oid, 4'000'000'000U);
    EXPECT_EQ(read.before.rows[0].rows, 9'000'000'000'000U);
    EXPECT_EQ(read.before.rows[0].newer, 12U);
    EXPECT_EQ(read.before.rows[0].perhaps_newer, 3U);
}

TEST(Baselines, AreEmptyWhereMigrateNeverReadOne) {
    const Baseline read = baseline_of(RunState{});
    EXPECT_TRUE(read.window_begin.empty());
    EXPECT_TRUE(read.before.rows.empty());
    EXPECT_FALSE(read.fenced);
}

TEST(Baselines, KeepWhatChecksCompareWith) {
    Baseline baseline;
    ObjectPrivileges orders{"table 4000000000", "public.orders", "shop"};
    orders.granted = {{"app", "SELECT"}};
    orders.revoked = {{"shop", "DELETE"}};
    orders.columns = {1, 3};
    const ObjectPrivileges column{"column 4000000000.3", "public.orders.total", "", "table 4000000000"};
    baseline.before.privileges = std::vector{orders, column};
    baseline.before.row_security =
        std::vector<RowSecurity>{{7, "public.orders", true, false, {{"own", "permissive for select to app"}}}};
    baseline.before.extensions = std::map<std::string, std::string>{{"plpgsql", "1.0"}};
    baseline.before.unfinished_indexes = std::vector<std::uint32_t>{4'000'000'000U};
    baseline.before.unfinished_constraints = std::vector<std::uint32_t>{};
    baseline.before.queries["select 'a'"] = {1.5, {"Limit", "  Seq Scan on t"}};
    baseline.before.queries["select b"] = {.trouble = "no b", .sqlstate = "42703"};
    const Before read = baseline_of(run_with(baseline)).before;
    ASSERT_EQ(read.queries.size(), 2U);
    EXPECT_DOUBLE_EQ(read.queries.at("select 'a'").milliseconds, 1.5);
    EXPECT_EQ(read.queries.at("select 'a'").plan, (std::vector<std::string>{"Limit", "  Seq Scan on t"}));
    EXPECT_EQ(read.queries.at("select b").sqlstate, "42703");
    ASSERT_EQ(read.privileges->size(), 2U);
    EXPECT_EQ(read.privileges->at(0).id, orders.id);
    EXPECT_EQ(read.privileges->at(0).owner, "shop");
    EXPECT_EQ(read.privileges->at(0).granted, orders.granted);
    EXPECT_EQ(read.privileges->at(0).revoked, orders.revoked);
    EXPECT_EQ(read.privileges->at(0).columns, orders.columns);
    EXPECT_EQ(read.privileges->at(1).within, "table 4000000000");
    ASSERT_EQ(read.row_security->size(), 1U);
    EXPECT_TRUE(read.row_security->at(0).enabled);
    EXPECT_FALSE(read.row_security->at(0).forced);
    EXPECT_EQ(read.row_security->at(0).policies.at("own"), "permissive for select to app");
    EXPECT_EQ(read.extensions->at("plpgsql"), "1.0");
    EXPECT_EQ(read.unfinished_indexes, baseline.before.unfinished_indexes);
    EXPECT_EQ(read.unfinished_constraints, baseline.before.unfinished_constraints);
}

TEST(Baselines, OfAnOlderRecordKnowTheRowsOnly) {
    RunState run;
    run.ended["migrate/baseline"] = Json::parse(
        R"({"window_begin": "7:9:", "fenced": true, "rows": [{"table": "public.t", "oid": 5, "rows": 3, "newer": 1, "perhaps_newer": 0}]})");
    const Before before = baseline_of(run).before;
    EXPECT_EQ(before.rows.at(0).rows, 3U);
    EXPECT_FALSE(before.privileges);
    EXPECT_FALSE(before.row_security);
    EXPECT_FALSE(before.extensions);
    EXPECT_FALSE(before.unfinished_indexes);
    EXPECT_TRUE(before.queries.empty());
}

TEST(Baselines, SayWhenMigrateWrote) {
    RunState run = run_with(sample());
    run.notes["window_end"] = "720:721:";
    const LossQuestion question = window_of(run);
    EXPECT_EQ(question.window_begin, "700:712:705");
    EXPECT_EQ(question.window_end, "720:721:");
    EXPECT_TRUE(question.writes_open);
    EXPECT_EQ(question.before_migrate.size(), 2U);
    EXPECT_EQ(window_of(RunState{}).window_end, "");
}

TEST(Writes, WereClosedOnlyUnderAFenceThatHeldFromBeforeToAfter) {
    Baseline fenced;
    fenced.fenced = true;
    RunState run = run_with(fenced);
    EXPECT_TRUE(writes_were_open(run));
    run.notes["fenced_to_the_end"] = false;
    EXPECT_TRUE(writes_were_open(run));
    run.notes["fenced_to_the_end"] = true;
    EXPECT_FALSE(writes_were_open(run));
    run.ended["migrate/baseline"] = to_json(Baseline{});
    EXPECT_TRUE(writes_were_open(run));
    EXPECT_TRUE(writes_were_open(RunState{}));
}

RunState attempt(const std::string& id, int number) {
    RunState run;
    run.id = id;
    run.attempt = number;
    return run;
}

TEST(RestorePointIds, AreTheSameForEveryProgramOfAnAttempt) {
    RunState later = attempt("github-1", 1);
    later.outcome = Outcome::abandoned;
    later.notes["verdict"] = "failed";
    EXPECT_EQ(restore_point_id("shop/production", attempt("github-1", 1)), restore_point_id("shop/production", later));
    // Of every build, too: programs of different versions meet in one run.
    EXPECT_EQ(restore_point_id("shop/production", later), "rp-" + short_hash("shop/production\ngithub-1\n1", 12));
}

TEST(RestorePointIds, DifferByEnvironmentRunAndAttempt) {
    const std::set<std::string> ids{
        restore_point_id("shop/production", attempt("github-1", 1)),
        restore_point_id("shop/production", attempt("github-1", 2)),
        restore_point_id("shop/production", attempt("github-11", 1)),
        restore_point_id("shop/staging", attempt("github-1", 1)),
    };
    EXPECT_EQ(ids.size(), 4U);
}

MarkedDatabase marked(const std::string& kind, const std::string& restore_point, const std::string& manifest) {
    MarkedDatabase database;
    database.name = kind + " of " + restore_point;
    database.allows_connections = false;
    database.mark.kind = kind;
    database.mark.restore_point = restore_point;
    database.mark.manifest = manifest;
    return database;
}

TEST(Standbys, AreFoundByRestorePointAndManifest) {
    const std::vector<MarkedDatabase> there{marked("copy", "rp-1", "m1"), marked("failed", "rp-1", "m1"),
                                            marked("standby", "rp-0", "m0"), marked("standby", "rp-1", "m1")};
    EXPECT_EQ(find_standby(there, "rp-1", "m1")->name, "standby of rp-1");
    EXPECT_EQ(find_standby(there, "rp-1", "")->name, "standby of rp-1");
    EXPECT_FALSE(find_standby(there, "rp-1", "altered"));
    EXPECT_FALSE(find_standby(there, "rp-2", "m1"));
    EXPECT_FALSE(find_standby({}, "rp-1", "m1"));
}

TEST(Standbys, AreNotTrustedOnceSomebodyOpenedThem) {
    MarkedDatabase opened = marked("standby", "rp-1", "m1");
    opened.allows_connections = true;
    EXPECT_FALSE(find_standby({opened}, "rp-1", "m1"));
}

TEST(Standbys, HaveNamesOfTheirOwnThatFit) {
    EXPECT_EQ(standby_name("shop", "rp-1"), standby_name("shop", "rp-1"));
    EXPECT_NE(standby_name("shop", "rp-1"), standby_name("shop", "rp-2"));
    EXPECT_EQ(standby_name("shop", "rp-1").rfind("shop__lg_", 0), 0U);
    EXPECT_LE(standby_name(std::string(63, 'x'), "rp-1").size(), k_identifier_limit);
}

CheckResult result_of(Verdict verdict, const std::string& reason, std::vector<std::string> differences = {}) {
    CheckResult result;
    result.name = "sql";
    result.place = "lastgood.yaml:13:11";
    result.verdict = verdict;
    result.reason = reason;
    result.evidence = {.asked = "select 1", .found = "2", .differences = std::move(differences)};
    return result;
}

TEST(CheckResults, SayWhatDidNotPassAndEachDifferenceOnce) {
    const std::vector<CheckResult> results{
        result_of(Verdict::passed, "fine"),
        result_of(Verdict::failed, "a differs (and 1 more)", {"a differs", "b differs"}),
        result_of(Verdict::unknown, "")};
    EXPECT_EQ(say_objections(results),
              (std::vector<std::string>{"sql (lastgood.yaml:13:11): failed: a differs (and 1 more)", "  b differs",
                                        "sql (lastgood.yaml:13:11): could not tell"}));
    EXPECT_EQ(count_of(results, Verdict::failed), 1U);
}

TEST(CheckResults, HaveTheirEvidenceInTheRecord) {
    const Json json = to_json(std::vector{result_of(Verdict::failed, "no", {"a"})}).at(0);
    EXPECT_EQ(json.at("verdict"), "failed");
    EXPECT_EQ(json.at("reason"), "no");
    EXPECT_EQ(json.at("evidence"), (Json{{"asked", "select 1"}, {"found", "2"}, {"differences", {"a"}}}));
}

}  // namespace
}  // namespace lastgood
