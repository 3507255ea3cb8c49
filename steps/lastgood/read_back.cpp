// backups verify, prove and download: what a restore point is worth, and getting it out.
#include "backup/prove_cluster.hpp"
#include "backup/restore_beside.hpp"
#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "database/server.hpp"
#include "outside/clock.hpp"
#include "outside/files.hpp"
#include "record/point_reader.hpp"
#include "step/standby.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "store/private_tree.hpp"
#include "store/store.hpp"

namespace lastgood {

namespace {

/// Its data is not in our store. Failure (4) if it is not where it was put either.
void look_for_cluster(World& world, const Manifest& manifest, PointReader& objects) {
    const Databases databases(world.located_pipeline(), "verify", world.interruption);
    const ClientPrograms programs =
        ClientPrograms::of_major(manifest.server_version / 10000, world.processes, world.environment);
    make_cluster_engine(manifest.engine, engine_context(world, databases, programs, "verify"), world.pipeline().capture)
        ->list(objects);
}

/// "" if every object is as it was written.
std::string difference_of(World& world, const RestorePoints& points, const std::string& id) {
    try {
        const Manifest manifest = require_manifest(points, id);
        const auto objects = points.open(manifest);
        objects->check();
        if (is_cluster_engine(manifest.engine)) look_for_cluster(world, manifest, *objects);
        return "";
    } catch (const Failure& failure) {
        if (failure.code() != ExitCode::failed_clean) throw;
        return failure.what_happened();
    }
}

void require_empty(const std::filesystem::path& directory) {
    std::error_code error;
    if (!std::filesystem::exists(directory, error) || std::filesystem::is_empty(directory, error)) return;
    throw Failure(ExitCode::refused, directory.string() + " is not an empty directory", "nothing",
                  "lastgood backups download ID --to DIR   with one that is empty or not there yet");
}

void say_proven(World& world, const Manifest& manifest, const RestoreResult& result) {
    world.console.answer(manifest.id + " was restored and is equal: " + say_count(result.tables, "table") + ", " +
                         say_count(result.rows, "row") + ", " +
                         say_duration(std::chrono::milliseconds(result.took_ms)));
}

}  // namespace

int verify_backups(World& world, const BackupsOptions& options) {
    const RestorePoints points = world.restore_points();
    const std::vector<std::string> ids =
        options.restore_point.empty() ? points.ids() : std::vector<std::string>{options.restore_point};
    std::vector<std::string> differences;
    for (const auto& id : ids) {
        const std::string difference = difference_of(world, points, id);
        if (!difference.empty()) differences.push_back(difference);
        world.console.answer(id + (difference.empty() ? "  as it was written" : "  NOT as it was written"));
    }
    if (differences.empty()) return 0;
    throw Failure(ExitCode::failed_clean,
                  say_count(differences.size(), "restore point") + " of " + std::to_string(ids.size()) +
                      " cannot be used any more",
                  "nothing", "lastgood backups list   shows the others; lastgood backup-capture takes a new one")
        .with_detail(differences);
}

int download_backup(World& world, const BackupsOptions& options) {
    const RestorePoints points = world.restore_points();
    const Manifest manifest = require_manifest(points, options.restore_point);
    const std::filesystem::path directory = std::filesystem::absolute(options.to);
    require_empty(directory);
    const auto objects = points.open(manifest);
    make_private_directories(directory);
    objects->copy_to(directory);
    for (const auto& name : points.seals(manifest.id))
        replace_file(directory / name, *points.store().get(points.prefix(manifest.id) + name));
    const std::string how = manifest.encryption.empty() ? ""
                            : objects->locked()         ? ", encrypted as they are: there is no identity here"
                                                        : ", decrypted";
    world.console.answer(manifest.id + " is in " + directory.string() + ": " +
                         say_count(manifest.objects.size(), "object") + how);
    return 0;
}

int prove_backup(World& world, const BackupsOptions& options) {
    Workplace place(world, Join::open_or_new);
    place.enter(std::chrono::seconds(5));
    RestorePoints points = world.restore_points();
    const Manifest manifest = require_manifest(points, options.restore_point);
    const ConnectionUrl server = place.databases.prove_url();
    Session session = place.databases.open(server, "prove");
    // The archives are of the original's version; what reads them may restore into a newer server.
    const ClientPrograms programs =
        ClientPrograms::of_major(manifest.server_version / 10000, world.processes, world.environment);
    const auto objects = points.open(manifest);
    const EngineContext context = engine_context(world, place.databases, programs, "prove");
    if (is_cluster_engine(manifest.engine)) {
        const RestoreResult result = prove_in_scratch(
            *make_cluster_engine(manifest.engine, context, world.pipeline().capture), context, manifest, *objects,
            {place.databases.scope(), session.value("select current_user").value_or(""),
             world.pipeline().capture.prove_jobs});
        points.write_proof(manifest.id, {"restore", points.manifest_digest(manifest.id), say_time(server_time(session)),
                                         "scratch", "", result.took_ms, result.tables, result.rows});
        say_proven(world, manifest, result);
        return 0;
    }
    CopyOrder order = copy_order(manifest, points.manifest_digest(manifest.id), place.databases, server,
                                 world.pipeline().capture.prove_jobs);
    order.name = database_beside(place.databases.live_name(), "prove_" + short_hash(manifest.id));
    free_name_for_copy(session, server, order.name, place.databases.scope());
    const auto engine = make_engine(manifest.engine, context);
    const RestoreResult result = restore_beside(*engine, context, order, *objects);
    const auto before = points.proof(manifest.id);
    points.write_proof(manifest.id, {"restore", order.mark.manifest, say_time(server_time(session)),
                                     world.pipeline().capture.prove_url ? server.address() : "beside",
                                     before ? before->standby : "", result.took_ms, result.tables, result.rows});
    drop_marked(session, server, order.name, place.databases.scope(), {"copy"});
    say_proven(world, manifest, result);
    return 0;
}

}  // namespace lastgood
