#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "record/good_releases.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/run_report.hpp"
#include "steps/lastgood/siblings.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// What became of the pipeline.
struct Passage {
    std::string failed_step;  ///< "" : none
    int status = 0;           ///< of the failed step
    bool rolled_back = false;
    int rollback_status = 0;
};

OnFailure policy_of(const Pipeline& pipeline, const std::string& step, int status) {
    if (step == "verify" && status == status_of(ExitCode::person)) return pipeline.verify.on_unknown;
    if (status != 5 && status != 6 && status != 7) return OnFailure::stop;
    if (step == "backup-capture") return pipeline.capture.on_failure;
    return step == "migrate" ? pipeline.migrate.on_failure : pipeline.verify.on_failure;
}

/// A run that was left open may be taken over by name: by a person who knows that it is dead.
void take_over(World& world, const std::string& id) {
    const Pipeline& pipeline = world.pipeline();
    EnvironmentLedger ledger(world.store(), pipeline.scope());
    const auto open = ledger.open_run();
    if (!open || open->id != id)
        throw Failure(ExitCode::refused, "run " + id + " is not the open run of " + pipeline.scope(), "nothing",
                      "lastgood status");
    Workplace place(world, Join::any, id);
    place.enter(std::chrono::seconds(5));  // refused (8) while a program of it still works
    if (open->touched())
        world.console.warning("run " + id + " had begun to change production; it is abandoned as it stands");
    place.fences.lift(place.run.record());
    if (place.run.is_new()) place.run.record().append("run-begun", "", {{"attempt", open->attempt}});
    place.run.close(Outcome::abandoned, "taken over");
    world.console.info("run " + id + " is abandoned");
}

void begin(Workplace& place, const RunOptions& options) {
    if (!place.run.is_new()) return;
    require_writable(place.world.store());
    const Pinned pinned = place.pin();
    for (const auto& remark : pinned.remarks) place.world.console.warning(remark);
    Session live = place.databases.live("begin");
    place.require_window(live);
    place.require_own_database(identify(live));
    place.run.begin(pinned, say_time(server_time(live)), true, options.again);
    place.runbook.renew();
    place.world.console.info("run " + place.run.id() + " of " + place.pipeline.scope() + ", pinned to " +
                             pinned.revision.commit.substr(0, 12));
}

/// What an earlier, killed driver or rollback had begun to return: going forward is no way any more.
Passage finish_return(Workplace& place, const Siblings& siblings) {
    const RunState run = place.run.state();
    Passage passage;
    for (const auto& step : place.pipeline.steps) {
        const auto known = run.steps.find(step);
        if (step == "rollback" || known == run.steps.end() || known->second.exit_status == 0) continue;
        passage.failed_step = step;
        passage.status = known->second.exit_status.value_or(status_of(ExitCode::in_doubt));
    }
    place.world.console.info("a rollback of this run had begun: it is finished first");
    passage.rollback_status = siblings.run("rollback", place.run.id(), place.world.options);
    passage.rolled_back = true;
    return passage;
}

Passage pass(Workplace& place, const Siblings& siblings) {
    if (place.run.state().returning()) return finish_return(place, siblings);
    Passage passage;
    if (place.pipeline.migrate.hotfix && !place.run.state().touched()) {
        // Before anything is captured: whether it does what it is to do is known in a moment.
        passage.status = siblings.run("migrate", place.run.id(), place.world.options, {"--try"});
        if (passage.status != 0) passage.failed_step = "migrate";
        if (passage.status != 0) return passage;
    }
    for (const auto& step : place.pipeline.steps) {
        if (step == "rollback") continue;
        int status = siblings.run(step, place.run.id(), place.world.options);
        if (status == 0) continue;
        // Our bug in the middle of an action: nobody knows how far it came.
        if (status == status_of(ExitCode::bug) && place.run.state().in_doubt) status = status_of(ExitCode::in_doubt);
        passage.failed_step = step;
        passage.status = status;
        if (policy_of(place.pipeline, step, status) == OnFailure::rollback) {
            passage.rollback_status = siblings.run("rollback", place.run.id(), place.world.options);
            passage.rolled_back = true;
        }
        break;
    }
    return passage;
}

std::string what_next(const Passage& passage, const RunState& run) {
    if (passage.failed_step.empty()) return "nothing to do";
    const int last = passage.rolled_back ? passage.rollback_status : passage.status;
    if (last == status_of(ExitCode::person)) return next_of(run);
    if (passage.rolled_back && passage.rollback_status == 0) return "mend the release, commit, and run again";
    if (passage.rolled_back) return "see the rollback's own message above; lastgood status";
    if (!run.open()) return "mend what the message names, then lastgood run";
    return run.at_stake()
               ? "lastgood rollback --run-id " + run.id + "   or mend it and: lastgood run --run-id " + run.id
               : "lastgood run --run-id " + run.id;
}

std::string what_data(const RunState& run) {
    if (run.outcome == Outcome::good) return "migrated, verified";
    if (run.outcome == Outcome::rolled_back && !run.touched()) return "as it was: nothing had been migrated";
    if (run.outcome == Outcome::rolled_back && run.has_ended("rollback/return-cluster"))
        return "back at the restore point, with its cluster; what was live stays in pgBackRest's archive";
    if (run.outcome == Outcome::rolled_back && run.has_ended("rollback/restore-over"))
        return "restored over itself; what was live stays in the platform's backup " +
               run.ended.at("rollback/restore-over").value("kept", "");
    if (run.outcome == Outcome::rolled_back && run.has_ended("rollback/go-down"))
        return "taken back by the migrations' own ways down; nothing was restored";
    if (run.outcome == Outcome::rolled_back) return "back at the restore point; the failed database is kept";
    return run.touched() ? "migration begun, verdict open" : "not touched";
}

std::string what_code(const RunState& run, const std::optional<GoodRelease>& good) {
    if (run.outcome == Outcome::good)
        return run.revision.commit.substr(0, 12) + " is good release " + (good ? std::to_string(good->number) : "?");
    const auto branch = run.ended.find("rollback/branch");
    if (branch != run.ended.end()) return branch->second.value("what", "");
    return "pinned to " + run.revision.commit.substr(0, 12) +
           (good ? "; last good is " + good->revision.commit.substr(0, 12) : "; no good release yet");
}

/// Five lines: outcome, database, code, way back, next.
void summarise(World& world, const Passage& passage, const RunState& run, const std::string& took) {
    const GoodReleases releases(world.store(), world.pipeline().scope());
    const std::string outcome = passage.failed_step.empty() ? "good"
                                : passage.rolled_back
                                    ? passage.failed_step + " ended with " + std::to_string(passage.status) +
                                          ", rollback with " + std::to_string(passage.rollback_status)
                                    : passage.failed_step + " ended with " + std::to_string(passage.status);
    const std::string point = restore_point_id(world.pipeline().scope(), run);
    const auto captured = run.ended.find("backup-capture/prove");
    Console& console = world.console;
    console.info("run " + run.id + ": " + outcome + " (" + took + ")");
    console.info("  database: " + what_data(run));
    console.info("  code: " + what_code(run, releases.newest()));
    console.info("  way back: " +
                 (captured == run.ended.end() ? "no proven restore point" : "restore point " + point + ", proven"));
    console.info("  next: " + what_next(passage, run));
    if (world.options.json)
        console.answer(Json{{"lastgood", k_record_format},
                            {"type", "run-ended"},
                            {"run", run.id},
                            {"outcome", text_of(run.outcome)},
                            {"failed_step", passage.failed_step},
                            {"exit_status", passage.status},
                            {"rolled_back", passage.rolled_back},
                            {"rollback_exit_status", passage.rollback_status}}
                           .dump());
}

int status_of(const Passage& passage) {
    return passage.rolled_back && passage.rollback_status != 0 ? passage.rollback_status : passage.status;
}

int drive(Workplace& place, const Siblings& siblings) {
    const Time start = now();
    const bool fence_wanted = place.pipeline.writes != Writes::open;
    Passage passage;
    try {
        const bool held = place.fences.needs_no_driver() && place.fences.holds(place.run.state());
        // A fence that an earlier, killed driver left has no watchdog that knows us.
        if (!held) place.fences.lift(place.run.record());
        if (fence_wanted && !held) place.fences.raise(place.run.record());
        passage = pass(place, siblings);
    } catch (const Failure& failure) {
        place.fences.lift(place.run.record());
        const RunState run = place.run.state();
        if (run.open() && run.steps.empty()) place.run.close(Outcome::failed_clean, failure.what_happened());
        throw;
    } catch (...) {
        place.fences.lift(place.run.record());
        throw;
    }
    place.fences.lift(place.run.record());
    summarise(place.world, passage, place.run.state(), say_duration(now() - start));
    return status_of(passage);
}

}  // namespace

int run_pipeline(World& world, const RunOptions& options) {
    const Siblings siblings(world.processes);
    std::vector<std::string> programs = world.pipeline().steps;
    if (std::find(programs.begin(), programs.end(), "rollback") == programs.end()) programs.push_back("rollback");
    siblings.require(programs);
    if (!options.take_over.empty()) take_over(world, options.take_over);

    Workplace place(world, Join::open_or_new);
    if (const auto answer = answer_of_closed_run(place.run.state(), world.console, true, options.again)) return *answer;
    if (place.dry_run() && place.run.is_new()) {
        world.console.info("migrate and verify plan from the restore point; lastgood check   shows what is pending");
        return siblings.run("backup-capture", place.run.id(), world.options);
    }
    if (place.dry_run()) return pass(place, siblings).status;
    begin(place, options);
    return drive(place, siblings);
}

}  // namespace lastgood
