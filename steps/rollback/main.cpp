#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "outside/clock.hpp"
#include "record/point_reader.hpp"
#include "step/confirmation.hpp"
#include "step/program.hpp"
#include "step/workplace.hpp"
#include "steps/rollback/rollback.hpp"
#include "steps/rollback/undo.hpp"
#include "steps/rollback/undo_in_place.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_patience{60};

RollbackOptions options_of(const Arguments& given) {
    RollbackOptions options;
    options.if_failed = given.has("--if-failed");
    options.undo = given.has("--undo");
    options.accept_loss = given.has("--accept-loss");
    options.without_store = given.has("--without-store");
    options.strategy = given.value("--strategy");
    options.to_run = given.value("--to");
    options.confirm = given.value("--confirm");
    return options;
}

void require_confirmation(const RollbackOptions& options, World& world) {
    const Pipeline& pipeline = world.pipeline();
    if (is_confirmed(options.confirm, "--to throws away what was released since", pipeline, world.interruption)) return;
    throw Failure(ExitCode::usage,
                  options.confirm.empty() ? "--to throws away what was released since; it wants --confirm"
                                          : "--confirm names another environment",
                  "nothing", "lastgood rollback --to " + options.to_run + " --confirm " + pipeline.environment);
}

/// The newest run, where its rollback restored over the live database; "" elsewhere.
std::string restored_over(World& world) {
    if (!world.pipeline().heroku) return "";
    const auto newest = EnvironmentLedger(world.store(), world.pipeline().scope()).newest();
    if (!newest) return "";
    const RunState run = RunRecord(world.store(), world.pipeline().scope(), newest->run).state();
    return UndoInPlace::is_possible(run) ? run.id : "";
}

/// Who names another run means something else. A host's own id names none here: an undo is a job of its own.
void require_named(const World& world, const std::string& run) {
    std::string named = world.options.run_id;
    if (named.empty()) named = world.environment.first_of({"LASTGOOD_RUN_ID"});
    if (named.empty() || named == run) return;
    throw Failure(ExitCode::refused, "an undo would take back the rollback of run " + run + ", not of run " + named,
                  "nothing", "lastgood rollback --undo --run-id " + run);
}

int undo_in_place(World& world, const RollbackOptions& options, const std::string& run) {
    require_named(world, run);
    Workplace place(world, Join::any, run);
    place.enter(k_patience);
    Session live_session = place.databases.live("version");
    const ClientPrograms programs =
        ClientPrograms::of_major(live_session.server_version() / 10000, world.processes, world.environment);
    UndoInPlace step({place.pipeline, options, place.databases, place.run, place.fences, world.console,
                      make_in_place_engine("heroku", engine_context(world, place.databases, programs, "restore"))});
    return live(step, place.life());
}

int undo(World& world, const RollbackOptions& options) {
    if (const std::string over = restored_over(world); !over.empty()) return undo_in_place(world, options, over);
    std::string run;
    {
        Databases databases(world.located_pipeline(), "undo", world.interruption);
        Session session = databases.maintenance("look");
        auto failed = half_undone(session, world.pipeline(), world.platform());
        if (!failed) failed = newest_failed(session, databases.scope());
        if (!failed)
            throw Failure(ExitCode::refused, "no failed database of " + databases.scope() + " is left to swap back",
                          "nothing", "lastgood history   shows what was rolled back");
        run = failed->mark.run;
    }
    require_named(world, run);
    Workplace place(world, Join::any, run);
    place.enter(k_patience);
    Undo step({place.pipeline, options, place.databases, place.run, place.repository, world.platform(), world.console,
               world.interruption, place.runbook});
    return live(step, place.life());
}

/// The local record of a night without store begins as if the run had just begun.
void begin_locally(Workplace& place) {
    if (!place.run.is_new() || place.dry_run()) return;
    place.run.record().append("run-begun", "",
                              {{"attempt", place.run.state().attempt + 1},
                               {"revision", {{"commit", ""}, {"tree", ""}}},
                               {"actor", place.run.identity().actor},
                               {"begun_at", say_time(now())}});
    place.world.console.warning("without the store: the record of this rollback is kept at " +
                                place.world.store().address());
}

/// What a plain rollback finds when nothing is open.
std::optional<int> answer(const RunState& run, const RollbackOptions& options, const std::string& environment,
                          Console& console) {
    if (options.if_failed) {
        if (const auto reason = reason_to_leave_alone(run)) {
            console.info("nothing to do: " + *reason);
            return 0;
        }
    }
    if (run.open() || !options.to_run.empty() || options.without_store) return std::nullopt;
    if (run.outcome == Outcome::rolled_back && run.notes.count("undone") == 0) {
        console.info("run " + run.id + " is rolled back already: there is nothing to roll back");
        if (const auto command = run.branch_left(); !command.empty())
            console.warning("the branch was left to you; unless it is returned by now: " + command);
        return 0;
    }
    throw Failure(ExitCode::refused, "run " + run.id + " is closed (" + text_of(run.outcome) + ")", "nothing",
                  "lastgood rollback --to " + run.id + " --confirm " + environment + "   returns to before it");
}

/// --if-failed is for CI: a rollback job also runs when nothing ever began, or when another run is open by now.
std::optional<std::string> reason_not_to_join(World& world, const RollbackOptions& options) {
    if (!options.if_failed) return std::nullopt;
    const EnvironmentLedger ledger(world.store(), world.pipeline().scope());
    const auto open = ledger.open_run();
    const RunIdentity identity = identify_run(world, open);
    world.run_at_work = identity.id;
    const std::string never_began = "this run never began";
    if (identity.id.empty()) return never_began;
    if (open && open->id == identity.id) return std::nullopt;
    const RunState run = RunRecord(world.store(), world.pipeline().scope(), identity.id).state();
    if (run.attempt == 0) return never_began;
    return open ? reason_to_leave_alone(run) : std::nullopt;
}

/// Which run it is about; "" leaves that to who joins it. With nothing open and nothing named, the newest one if it is
/// rolled back already: asking again is answered as if it had been named.
std::string wanted_run(World& world, const RollbackOptions& options) {
    if (options.without_store) return "without-store-" + compact_time(now());
    if (!options.to_run.empty()) return options.to_run;
    const EnvironmentLedger ledger(world.store(), world.pipeline().scope());
    const auto newest = ledger.newest();
    if (!newest || ledger.open_run() || identify_run(world, std::nullopt).named) return "";
    const RunState run = RunRecord(world.store(), world.pipeline().scope(), newest->run).state();
    return run.outcome == Outcome::rolled_back ? run.id : "";
}

/// The server may stand still where a rollback of it was ended half-way: then there is nothing to hold the
/// environment's lock on, and a lock on the data directory's host takes its place.
void finish_interrupted_return(Workplace& place) {
    const RunState run = place.run.state();
    if (!ClusterReturn::is_under_way(run)) return;
    if (place.dry_run())
        return place.world.console.warning(
            "a rollback of this run was interrupted; the server may be stopped: lastgood "
            "rollback   goes on");
    World& world = place.world;
    const RestorePoints points = world.restore_points();
    const auto manifest = points.manifest(restore_point_id(place.databases.scope(), run));
    if (!manifest) return;
    const ClientPrograms programs =
        ClientPrograms::of_major(manifest->server_version / 10000, world.processes, world.environment);
    const EngineContext context = engine_context(world, place.databases, programs, "restore");
    ClusterReturn({place.pipeline, place.databases, place.run.record(), world.console, world.processes,
                   world.interruption, [] {}},
                  make_cluster_engine(manifest->engine, context, place.pipeline.capture),
                  read_cluster_point(*points.open(*manifest)))
        .finish_interrupted();
}

/// A dry run that is refused says all the same what it would have cost.
void say_cost_of_refused(World& world, const std::optional<ReturnCost>& cost) {
    if (!cost) return;
    for (const auto& line : say_cost(*cost)) world.console.info("  " + line);
    if (!world.options.json) return;
    Json record = to_json(*cost);
    record["lastgood"] = k_record_format;
    record["type"] = "cost";
    world.console.answer(record.dump());
}

int body(World& world, const RollbackOptions& options) {
    if (options.without_store) world.use_local_store();
    if (!options.to_run.empty()) require_confirmation(options, world);
    if (options.undo) return undo(world, options);
    if (const auto reason = reason_not_to_join(world, options)) {
        world.console.info("nothing to do: " + *reason);
        return 0;
    }
    Workplace place(world, options.without_store ? Join::open_or_new : Join::any, wanted_run(world, options));
    if (const auto status = answer(place.run.state(), options, place.pipeline.environment, world.console))
        return *status;
    finish_interrupted_return(place);
    place.enter(k_patience);
    if (options.without_store) begin_locally(place);
    Rollback step({place.pipeline, options, place.databases, place.run, world.restore_points(),
                   GoodReleases(world.store(), place.databases.scope()), place.repository,
                   [&](const Revision& revision) { return place.project(revision); }, place.fences, world.processes,
                   world.environment, world.console, world.interruption, [&] { place.take_lock_again(); },
                   place.runbook, world.heroku(), world.aws(), world.platform(), place.dry_run()});
    try {
        return live(step, place.life());
    } catch (Failure& failure) {
        if (place.dry_run()) say_cost_of_refused(world, step.cost());
        const bool ours_failed = failure.code() == ExitCode::failed_clean ||
                                 failure.code() == ExitCode::failed_changed || failure.code() == ExitCode::in_doubt;
        const std::string commands = ours_failed && step.leaves_the_data() ? place.runbook.say_return() : "";
        if (!commands.empty())
            failure.with_detail(failure.detail() + (failure.detail().empty() ? "" : "\n") + commands);
        throw;
    }
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    return lastgood::run_program(argc, argv, {"lastgood-rollback", "rollback", k_manual},
                                 [](lastgood::World& world, const lastgood::Arguments& given) {
                                     return lastgood::body(world, lastgood::options_of(given));
                                 });
}
