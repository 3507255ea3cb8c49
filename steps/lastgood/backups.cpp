#include "backup/restore_beside.hpp"
#include "backup/retention.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "record/environment_ledger.hpp"
#include "record/json_values.hpp"
#include "record/point_reader.hpp"
#include "record/restore_points.hpp"
#include "step/standby.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

Manifest require_manifest(const RestorePoints& points, const std::string& id) {
    const auto manifest = points.manifest(id);
    if (!manifest)
        throw Failure(ExitCode::refused, "there is no restore point \"" + id + "\"", "nothing",
                      "lastgood backups list");
    return *manifest;
}

std::uint64_t size_of(const Manifest& manifest) {
    std::uint64_t size = 0;
    for (const auto& object : manifest.objects) size += object.size;
    return size;
}

std::string say_proof(const std::optional<Proof>& proof) {
    if (!proof) return "not proven";
    return proof->method == "restore" ? "proven by restore (" + proof->where + ")" : "listed";
}

void require_confirmation(World& world, const BackupsOptions& options, const std::string& what) {
    const std::string& environment = world.pipeline().environment;
    if (options.confirm == environment) return;
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
    std::vector<KeptPoint> kept;
    std::vector<std::string> needed;
    for (const auto& id : points.ids())
        if (const auto manifest = points.manifest(id))
            kept.push_back({id, parse_time(manifest->taken_at), points.proof(id).has_value()});
    if (const auto open = place.run.ledger().open_run())
        needed.push_back(restore_point_id(place.databases.scope(), *open));
    // A rolled-back run's restore point is the other half of an undo.
    const CaptureSettings& settings = place.pipeline.capture;
    int removed = 0;
    for (const auto& id : expendable(kept, settings.keep_last, settings.keep_for, now(), needed)) {
        place.world.console.info((place.dry_run() ? "would remove " : "removing ") + id);
        if (!place.dry_run()) points.remove(id);
        ++removed;
    }
    return removed;
}

}  // namespace

int list_backups(World& world) {
    const RestorePoints points = world.restore_points();
    for (const auto& id : points.ids()) {
        const auto manifest = points.manifest(id);
        if (!manifest) continue;
        const auto proof = points.proof(id);
        if (world.options.json)
            world.console.answer(Json{{"lastgood", k_record_format},
                                      {"type", "restore-point"},
                                      {"id", id},
                                      {"run", manifest->run},
                                      {"taken_at", manifest->taken_at},
                                      {"bytes", size_of(*manifest)},
                                      {"proof", proof ? proof->method : ""},
                                      {"fits", manifest->fits ? Json(*manifest->fits) : Json()}}
                                     .dump());
        else
            world.console.answer(id + "  " + manifest->taken_at + "  " + say_size(size_of(*manifest)) + "  " +
                                 say_proof(proof) + "  run " + manifest->run +
                                 (manifest->fits ? "  fits good release " + std::to_string(*manifest->fits) : ""));
    }
    return 0;
}

int show_backup(World& world, const BackupsOptions& options) {
    const RestorePoints points = world.restore_points();
    const Manifest manifest = require_manifest(points, options.restore_point);
    if (world.options.json) {
        world.console.answer(to_json(manifest).dump());
        return 0;
    }
    std::uint64_t rows = 0;
    for (const auto& table : manifest.contents.tables) rows += table.rows;
    Console& console = world.console;
    console.answer(manifest.id + ", taken " + manifest.taken_at + " by run " + manifest.run + ", " +
                   say_proof(points.proof(manifest.id)));
    console.answer("  database " + manifest.database.name + " at " + manifest.database.address + ", PostgreSQL " +
                   std::to_string(manifest.server_version / 10000) + ", owner " + manifest.properties.owner);
    console.answer("  " + say_count(manifest.contents.tables.size(), "table") + ", " + say_count(rows, "row") + ", " +
                   say_size(size_of(manifest)) + " in " + say_count(manifest.objects.size(), "object"));
    console.answer("  fits " + (manifest.fits ? "good release " + std::to_string(*manifest.fits) + ", " +
                                                    manifest.fits_revision.commit.substr(0, 12)
                                              : std::string("no good release")));
    console.answer("  schema " + manifest.schema.fingerprint.substr(0, 12) + ", " +
                   say_count(manifest.schema.heads.size(), "migration") + " applied");
    console.answer("  at " + points.store().address() + "/" + points.prefix(manifest.id));
    for (const auto& left_out : manifest.contents.not_compared) console.answer("  not compared: " + left_out);
    return 0;
}

int verify_backup(World& world, const BackupsOptions& options) {
    Workplace place(world, Join::open_or_new);
    place.enter(std::chrono::seconds(5));
    const RestorePoints points = world.restore_points();
    const Manifest manifest = require_manifest(points, options.restore_point);
    const ConnectionUrl server = place.databases.prove_url();
    Session session = place.databases.open(server, "verify");
    const ClientPrograms programs =
        ClientPrograms::of_major(session.server_version() / 10000, world.processes, world.environment);
    const auto objects = points.open(manifest);
    CopyOrder order = copy_order(manifest, points.manifest_digest(manifest.id), place.databases, server,
                                 world.pipeline().capture.prove_jobs);
    order.name = database_beside(place.databases.live_name(), "verify_" + short_hash(manifest.id));
    free_name_for_copy(session, server, order.name, place.databases.scope());
    const EngineContext context{programs,
                                world.processes,
                                world.console,
                                place.databases.work_name("verify"),
                                place.databases.leftover_mark(),
                                world.interruption};
    const auto engine = make_engine(manifest.engine, context);
    const RestoreResult result = restore_beside(*engine, context, order, *objects);
    drop_marked(session, server, order.name, place.databases.scope(), {"copy"});
    world.console.answer(manifest.id + " was restored and is equal: " + say_count(result.tables, "table") + ", " +
                         say_count(result.rows, "row") + ", " +
                         say_duration(std::chrono::milliseconds(result.took_ms)));
    return 0;
}

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
