#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "step/program.hpp"
#include "step/workplace.hpp"
#include "steps/backup_capture/capture.hpp"

namespace lastgood {

namespace {

int capture(Workplace& place) {
    Project project = place.project(place.revision());
    World& world = place.world;
    Capture step({place.pipeline, place.databases, place.run, world.restore_points(),
                  GoodReleases(world.store(), place.databases.scope()), project, place.fences, world.processes,
                  world.environment, world.console, world.heroku(), world.aws()});
    try {
        return live(step, place.life());
    } catch (const Failure& failure) {
        // Nothing was changed and there is nothing to come back to: the environment is free again.
        const bool clean = failure.code() == ExitCode::refused || failure.code() == ExitCode::failed_clean;
        if (clean && !place.dry_run() && !place.run.state().at_stake()) {
            place.fences.lift(place.run.record());
            place.run.close(Outcome::failed_clean, failure.what_happened());
        }
        throw;
    }
}

int body(World& world, const std::string& again) {
    Workplace place(world, Join::open_or_new);
    if (const auto answer = answer_of_closed_run(place.run.state(), world.console, true, again)) return *answer;
    refuse_while_returning(place.run.state());
    if (place.pipeline.writes == Writes::closed && !place.run.identity().driven && !place.fences.needs_no_driver())
        throw Failure(ExitCode::refused, "writes: closed needs a driver that lives from capture to verdict", "nothing",
                      "lastgood run   or writes: open");
    place.enter(std::chrono::seconds(5));
    place.begin_if_new(again);
    return capture(place);
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    return lastgood::run_program(argc, argv, {"lastgood-backup-capture", "backup-capture", k_manual},
                                 [](lastgood::World& world, const lastgood::Arguments& given) {
                                     return lastgood::body(world, given.value("--again"));
                                 });
}
