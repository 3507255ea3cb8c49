#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "step/program.hpp"
#include "step/workplace.hpp"
#include "steps/migrate/migrate.hpp"
#include "steps/migrate/try_hotfix.hpp"

namespace lastgood {

namespace {

int migrate(Workplace& place) {
    Project project = place.project(place.revision());
    Migrate step({place.pipeline, place.databases, place.run, place.world.restore_points(),
                  GoodReleases(place.world.store(), place.databases.scope()), project, place.fences,
                  place.world.processes, place.world.environment, place.world.redaction, place.world.console,
                  place.world.interruption, std::filesystem::absolute(place.world.options.pipeline).parent_path(),
                  place.dry_run()});
    try {
        return live(step, place.life());
    } catch (const Failure& failure) {
        // It failed and nothing was changed: the environment is free for a corrected revision.
        if (step.nothing_changed()) {
            place.fences.lift(place.run.record());
            place.run.close(Outcome::failed_clean, failure.what_happened());
            place.runbook.renew();
        }
        throw;
    }
}

int body(World& world, bool only_try) {
    if (only_try) return try_hotfix(world);
    Workplace place(world, Join::open);
    if (const auto answer = answer_of_closed_run(place.run.state(), world.console, false)) return *answer;
    refuse_while_returning(place.run.state());
    place.enter(std::chrono::seconds(5));
    return migrate(place);
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    return lastgood::run_program(argc, argv, {"lastgood-migrate", "migrate", k_manual},
                                 [](lastgood::World& world, const lastgood::Arguments& given) {
                                     return lastgood::body(world, given.has("--try"));
                                 });
}
