#include "core/failure.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "outside/files.hpp"
#include "record/environment_ledger.hpp"
#include "record/good_releases.hpp"
#include "step/confirmation.hpp"
#include "step/drift.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"

namespace lastgood {

namespace {

/// An environment that moved to another database is bound anew by a person who names it.
void bind(Workplace& place, const DatabaseIdentity& seen, const AdoptOptions& options) {
    EnvironmentLedger& ledger = place.run.ledger();
    const auto bound = ledger.bound_database();
    const bool moved = bound && (bound->oid != seen.oid || bound->system_identifier != seen.system_identifier);
    const std::string what = "what is live is another database than the one known; from now on it is the one";
    if (moved && is_confirmed(options.confirm, what, place.pipeline, place.world.interruption)) {
        ledger.bind_database(seen);
        return;
    }
    require_binding(ledger, seen, place.pipeline.environment, true);
}

/// With the text of its schema.
std::pair<GoodRelease, std::string> release_of(Workplace& place, const Revision& revision) {
    World& world = place.world;
    Session live = place.databases.live("adopt");
    const ClientPrograms programs =
        ClientPrograms::of_major(live.server_version() / 10000, world.processes, world.environment);
    GoodRelease release;
    release.revision = revision;
    release.run = "adopted";
    release.at = say_time(server_time(live));
    const LiveSchema schema = look_at_schema(place.databases, programs, world.processes);
    release.schema.fingerprint = schema.fingerprint;
    release.catalogue = schema.catalogue;
    if (Platform* platform = world.platform()) release.served = platform->serving();
    if (!place.pipeline.has_step("migrate")) return {release, schema.text};
    Project project = place.project(revision);
    const Migrations migrations = project.framework(live.server_version())->migrations();
    if (!migrations.pending.empty())
        throw Failure(ExitCode::refused,
                      "revision " + revision.commit.substr(0, 12) +
                          " does not fit what is live: " + migrations.pending.front() + " is pending",
                      "nothing", "adopt the revision that is deployed");
    if (!migrations.pending_known)
        world.console.warning("whether the revision fits what is live cannot be told: migrate.pending is not given");
    release.schema.heads = migrations.applied;
    return {release, schema.text};
}

}  // namespace

int adopt(World& world, const AdoptOptions& options) {
    Workplace place(world, Join::open_or_new);
    if (!place.run.is_new())
        throw Failure(ExitCode::locked, "run " + place.run.id() + " is open", "nothing",
                      "lastgood status   shows how to end it");
    place.enter(std::chrono::seconds(5));
    const Revision revision = place.repository.resolve(options.revision);
    const auto [release, schema] = release_of(place, revision);
    if (world.options.dry_run) {
        world.console.info("would adopt " + revision.commit);
        return 0;
    }
    Session live = place.databases.live("adopt");
    bind(place, identify(live), options);
    GoodReleases releases(world.store(), place.databases.scope());
    const int number = releases.add(release, place.pipeline.encrypt ? "" : schema);
    world.console.info("good release " + std::to_string(number) + " of " + place.pipeline.scope() + " is " +
                       revision.commit.substr(0, 12));
    if (world.options.json)
        world.console.answer(Json{
            {"lastgood", k_record_format}, {"type", "good-release"}, {"number", number}, {"revision", revision.commit}}
                                 .dump());
    return 0;
}

}  // namespace lastgood
