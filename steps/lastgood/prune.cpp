// backups prune: what keep and keep_failed let go.
#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/beside.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "record/environment_ledger.hpp"
#include "record/json_values.hpp"
#include "step/confirmation.hpp"
#include "step/keeping.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

void require_confirmation(World& world, const BackupsOptions& options, const std::string& what) {
    const std::string& environment = world.pipeline().environment;
    if (is_confirmed(options.confirm, what + " throws data away", world.pipeline(), world.interruption)) return;
    throw Failure(
        ExitCode::usage, what + " throws data away; it wants --confirm with the environment's name", "nothing",
        "lastgood backups prune" + (options.acknowledge.empty() ? "" : " --acknowledge " + options.acknowledge) +
            " --confirm " + environment);
}

/// Databases that were swapped out leave only when they are old enough and a person has acknowledged what was
/// discarded.
int drop_acknowledged(Workplace& place, const BackupsOptions& options) {
    Session session = place.databases.maintenance("prune");
    const Time server_now = server_time(session);
    int dropped = 0;
    for (const auto& database : marked_databases(session, place.databases.scope())) {
        if (database.mark.kind != "failed" && database.mark.kind != "returned") continue;
        RunRecord record(place.world.store(), place.databases.scope(), database.mark.run);
        record.state();  // what is appended comes after what is there
        if (options.acknowledge == database.name && !place.dry_run())
            record.append("note", "",
                          {{"name", "acknowledged"},
                           {"value", {{"database", database.name}, {"by", place.run.identity().actor}}}});
        const RunState run = record.state();
        const auto note = run.notes.find("acknowledged");
        const bool noted = note != run.notes.end() && note->second.value("database", "") == database.name;
        const bool acknowledged = noted || options.acknowledge == database.name;
        const auto age = server_now - parse_time(database.mark.at);
        if (age < place.pipeline.rollback.keep_failed) {
            place.world.console.info(database.name + " is kept: it is " + say_duration(age) + " old, keep_failed is " +
                                     say_duration(place.pipeline.rollback.keep_failed));
        } else if (!acknowledged) {
            place.world.console.info(database.name +
                                     " is kept: nobody acknowledged what was discarded with it. next: lastgood backups "
                                     "prune --acknowledge " +
                                     database.name + " --confirm " + place.pipeline.environment);
        } else if (place.dry_run()) {
            place.world.console.info("would drop " + database.name);
        } else {
            drop_marked(session, place.databases.maintenance_url(), database.name, place.databases.scope(),
                        {"failed", "returned"});
            place.world.console.info("dropped " + database.name);
            ++dropped;
        }
    }
    return dropped;
}

int remove_expendable(Workplace& place) {
    RestorePoints points = place.world.restore_points();
    std::vector<std::string> needed;
    if (const auto open = place.run.ledger().open_run())
        needed.push_back(restore_point_id(place.databases.scope(), *open));
    const CaptureSettings& settings = place.pipeline.capture;
    const KeepRules rules{settings.keep_last, settings.keep_for, settings.keep_good};
    const Expendable found = expendable_points(points, rules, needed, place.world.console);
    const auto remove = [&](const std::string& id, const std::string& why) {
        place.world.console.info((place.dry_run() ? "would remove " : "removing ") + id + why);
        if (!place.dry_run()) points.remove(id);
    };
    for (const auto& id : found.points) remove(id, "");
    for (const auto& id : found.incomplete) remove(id, ", which was never completed");
    return static_cast<int>(found.points.size() + found.incomplete.size());
}

}  // namespace

int prune_backups(World& world, const BackupsOptions& options) {
    if (!world.options.dry_run) require_confirmation(world, options, "prune");
    Workplace place(world, Join::open_or_new);
    place.enter(std::chrono::seconds(5));
    const int points = remove_expendable(place);
    const int databases = drop_acknowledged(place, options);
    const int litter = world.options.dry_run ? 0 : world.store().remove_litter();
    world.console.info(say_count(points, "restore point") + ", " + say_count(databases, "database") + " and " +
                       say_count(litter, "leftover") + " pruned");
    return 0;
}

}  // namespace lastgood
