#include "steps/migrate/decide.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"

#include <algorithm>

namespace lastgood {

namespace {

const char* const k_take_one = "lastgood backup-capture   takes a restore point and proves it";

void require_restore_point(const MigrateFacts& facts, const Pipeline& pipeline) {
    if (!facts.manifest)
        throw Failure(ExitCode::refused, "run " + facts.run.id + " has no restore point", "nothing", k_take_one);
    const Prove wanted = pipeline.capture.prove;
    const bool restored = facts.proof && facts.proof->method == "restore";
    if ((wanted == Prove::restore && !restored) || (wanted == Prove::list && !facts.proof))
        throw Failure(ExitCode::refused, "restore point " + facts.restore_point + " is not proven", "nothing",
                      k_take_one);
    if (facts.manifest->database.oid != facts.database.oid ||
        facts.manifest->database.system_identifier != facts.database.system_identifier)
        throw Failure(ExitCode::refused,
                      "restore point " + facts.restore_point + " is of another database than the live one", "nothing",
                      "check database.url; lastgood backups show " + facts.restore_point);
}

/// A run that has begun to migrate goes on with the restore point that it has: a newer one would already hold its
/// changes.
void require_fresh(const MigrateFacts& facts, const Pipeline& pipeline) {
    const Milliseconds limit = pipeline.migrate.max_age.value_or(pipeline.expires);
    if (facts.run.touched() || facts.age <= limit) return;
    throw Failure(ExitCode::refused,
                  "restore point " + facts.restore_point + " is " + say_duration(facts.age) + " old, more than " +
                      say_duration(limit),
                  "nothing", "lastgood run --take-over " + facts.run.id + "   begins again with a fresh one");
}

void require_same_database(const MigrateFacts& facts) {
    const GuardSeen& guard = facts.guard;
    if (!guard.known || guard.database_oid == 0 || guard.database_oid == facts.database.oid) return;
    throw Failure(ExitCode::refused,
                  "the migrator works on database \"" + guard.database + "\", not on \"" + facts.database.name +
                      "\" of the pipeline",
                  "nothing", "let the application's settings read the variable that database.url names");
}

void require_known_schema(const MigrateFacts& facts, const Pipeline& pipeline) {
    if (!forbidden_drift(facts, pipeline)) return;
    throw Failure(
        ExitCode::refused, facts.drift->say(), "nothing",
        "lastgood adopt REVISION   once what is live is right (or take the change back); migrate: { drift: allow } "
        "goes on as it is")
        .with_detail(facts.drift->difference);
}

/// Two that migrate would meet, or the wrong one would.
void require_one_migrator(const MigrateFacts& facts, const Pipeline& pipeline) {
    if (!has_wrong_migrators(facts, pipeline)) return;
    if (!facts.deploy_migrates.empty())
        throw Failure(ExitCode::refused,
                      "a deploy migrates by itself, by " + facts.deploy_migrates + ", and so would we", "nothing",
                      "write migrate: { run: on_deploy }, or take it out of the revision");
    throw Failure(ExitCode::refused,
                  "migrate: { run: on_deploy }, but nothing in the revision migrates when it is deployed", "nothing",
                  "write migrate: { run: here }, or let the deploy migrate (a release phase, container_commands)");
}

void require_window(const MigrateFacts& facts, const Pipeline& pipeline) {
    if (facts.run.touched() || pipeline.migrate.hotfix) return;
    if (const auto refusal = facts.outside_window; !refusal.empty())
        throw Failure(ExitCode::refused, refusal, "nothing",
                      "lastgood run   within the window; or correct window in the pipeline");
}

/// Indexes that an earlier try of this run left half built.
std::vector<std::string> left_invalid(const MigrateFacts& facts) {
    const auto begun = facts.run.first_begun.find("migrate/migrate");
    if (begun == facts.run.first_begun.end()) return {};
    const auto before = begun->second.value("invalid_indexes", std::vector<std::string>{});
    std::vector<std::string> left;
    for (const auto& index : facts.invalid_indexes)
        if (std::find(before.begin(), before.end(), index) == before.end()) left.push_back(index);
    return left;
}

PlannedAction deploy_action(const MigrateFacts& facts) {
    return {"deploy", "deploy " + facts.run.revision.commit.substr(0, 12), true, true};
}

/// Whoever cannot say what is pending is run once.
bool anything_to_apply(const MigrateFacts& facts) {
    if (facts.migrations.pending_known) return !facts.migrations.pending.empty();
    return !facts.run.has_ended("migrate/migrate");
}

std::string say_what_to_apply(const MigrateFacts& facts) {
    if (!facts.migrations.pending_known) return "what is pending, which nobody can tell,";
    return say_count(facts.migrations.pending.size(), "migration");
}

std::string reason_of(const Migrations& migrations) {
    if (!migrations.pending_known) return "nobody can tell what is pending (migrate.pending is not given)";
    if (migrations.pending.empty()) return "nothing is pending";
    return say_count(migrations.pending.size(), "migration is pending", "migrations are pending");
}

void say_pending(Plan& plan, const MigrateFacts& facts) {
    if (facts.pending.empty())
        for (const auto& name : facts.migrations.pending) plan.remarks.push_back("pending: " + name);
    plan.facts["pending"] = Json::array();
    for (const auto& pending : facts.pending) {
        plan.details[plan.remarks.size()] = explain_pending(pending);
        plan.remarks.push_back(say_pending(pending.migration));
        plan.facts["pending"].push_back(to_json(pending));
    }
    plan.facts["obstacles"] = Json::array();
    for (const auto& obstacle : facts.obstacles)
        plan.facts["obstacles"].push_back({{"id", obstacle.id}, {"sentence", obstacle.sentence}});
}

std::string expected_rows(const HotfixSettings& settings) {
    std::string text;
    for (const auto count : settings.expect_rows) text += (text.empty() ? "" : ", ") + std::to_string(count);
    return settings.each_statement ? "[" + text + "] rows" : text + " rows";
}

/// Nothing but the script runs: neither migrations that are pending nor a deploy.
void plan_hotfix(Plan& plan, const MigrateFacts& facts, const Pipeline& pipeline) {
    const HotfixFacts& hotfix = *facts.hotfix;
    if (!facts.migrations.pending.empty())
        plan.remarks.push_back(
            say_count(facts.migrations.pending.size(), "migration is pending", "migrations are pending") +
            ": a hotfix does not run them");
    if (hotfix.committed || facts.run.has_ended("migrate/migrate")) {
        plan.reason = "the hotfix is committed";
        return;
    }
    if (!hotfix.tried_sha256.empty() && hotfix.tried_sha256 != hotfix.sha256)
        throw Failure(ExitCode::refused, hotfix.name + " is not the script that was tried: it was edited since",
                      "nothing", "lastgood run   in a new run tries and runs the one that is there now");
    plan.reason = "a hotfix";
    if (!facts.run.has_ended("migrate/baseline"))
        plan.actions.push_back({"baseline", "count the rows of every table", false});
    plan.actions.push_back(
        {"migrate",
         "run " + hotfix.script + " in one transaction, touching " + expected_rows(*pipeline.migrate.hotfix),
         true,
         false,
         {{"pending", {hotfix.name}},
          {"applied", facts.migrations.applied},
          {"sha256", hotfix.sha256},
          {"expect_rows", pipeline.migrate.hotfix->expect_rows}}});
}

}  // namespace

bool forbidden_drift(const MigrateFacts& facts, const Pipeline& pipeline) {
    // Not once this run has changed something: then it is to be finished.
    return facts.drift && !pipeline.migrate.drift_allowed && !facts.run.touched();
}

bool has_wrong_migrators(const MigrateFacts& facts, const Pipeline& pipeline) {
    if (facts.hotfix) return false;
    if (pipeline.migrate.runs_on != RunsOn::deploy) return !facts.deploy_migrates.empty();
    return facts.deploy_migrates.empty() && pipeline.deploy_settings().run.empty();
}

Plan decide(const MigrateFacts& facts, const Pipeline& pipeline) {
    require_known_schema(facts, pipeline);
    require_restore_point(facts, pipeline);
    require_fresh(facts, pipeline);
    require_same_database(facts);

    Plan plan;
    if (facts.drift) plan.remarks.push_back(facts.drift->say());
    plan.remarks.push_back("restore point " + facts.restore_point + " is " + say_duration(facts.age) + " old");
    if (!facts.guard.known) plan.remarks.push_back("unguarded: the migrator's own connection could not be looked at");
    if (facts.guard.known && facts.guard.lock_timeout == "0")
        plan.remarks.push_back(
            "unguarded: lock_timeout did not reach the migrator's connection (a pooler, or settings of its own)");
    for (const auto& obstacle : facts.obstacles) plan.remarks.push_back("in the way: " + obstacle.sentence);
    say_pending(plan, facts);

    if (facts.hotfix) {
        plan_hotfix(plan, facts, pipeline);
        return plan;
    }
    require_one_migrator(facts, pipeline);
    require_window(facts, pipeline);
    const bool by_deploy = pipeline.migrate.runs_on == RunsOn::deploy;
    const bool migrates = anything_to_apply(facts);
    // Where the deploy migrates, one action does both.
    const bool deploys = pipeline.deploys() && !facts.run.has_ended("migrate/deploy") &&
                         !(by_deploy && (migrates || facts.run.has_ended("migrate/migrate")));
    const bool before = deploys && pipeline.deploy_settings().when == Deploy::When::before_migrate;
    if (by_deploy && migrates)
        plan.remarks.emplace_back(
            "unguarded: the deploy runs the migrations, out of reach of lock_timeout and max_queue");
    if (pipeline.migrate.rehearse && migrates && !facts.run.touched() && !facts.run.has_ended("migrate/rehearse"))
        plan.actions.push_back({"rehearse",
                                "rehearse " + say_what_to_apply(facts) + " in a clone of " + facts.restore_point +
                                    (pipeline.capture.prove_url ? " on prove.url" : " beside the original"),
                                false});
    // The baseline of verify and of the loss report is read once, before anything is changed.
    if (!facts.run.has_ended("migrate/baseline"))
        plan.actions.push_back({"baseline", "count the rows of every table", false});
    if (before) plan.actions.push_back(deploy_action(facts));
    for (const auto& index : left_invalid(facts)) {
        if (pipeline.migrate.remove_invalid_indexes)
            plan.actions.push_back(
                {"drop-index-" + short_hash(index), "drop the invalid index " + index, true, true, {{"index", index}}});
        else
            plan.remarks.push_back("an earlier try left an invalid index: " + index +
                                   " (migrate: { remove_invalid_indexes: true } drops it and goes on)");
    }
    if (migrates) {
        Json data{{"pending", facts.migrations.pending},
                  {"applied", facts.migrations.applied},
                  {"invalid_indexes", facts.invalid_indexes}};
        plan.actions.push_back(
            {"migrate",
             by_deploy
                 ? "deploy " + facts.run.revision.commit.substr(0, 12) + ", which applies " + say_what_to_apply(facts)
                 : "apply " + say_what_to_apply(facts) +
                       (pipeline.migrate.runs_on == RunsOn::one_off ? " in a one-off process" : ""),
             true, false, data});
    }
    if (deploys && !before) plan.actions.push_back(deploy_action(facts));
    plan.reason = reason_of(facts.migrations);
    return plan;
}

}  // namespace lastgood
