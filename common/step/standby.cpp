#include "step/standby.hpp"

#include "core/names.hpp"
#include "outside/clock.hpp"
#include "step/world.hpp"

namespace lastgood {

std::string standby_name(const std::string& live, const std::string& restore_point) {
    return database_beside(live, short_hash(restore_point));
}

CopyOrder copy_order(const Manifest& manifest, const std::string& manifest_digest, const Databases& databases,
                     const ConnectionUrl& server, int jobs) {
    DatabaseMark mark;
    mark.kind = "copy";
    mark.scope = databases.scope();
    mark.run = manifest.run;
    mark.restore_point = manifest.id;
    mark.revision = manifest.fits_revision;
    mark.manifest = manifest_digest;
    mark.snapshot = manifest.snapshot;
    mark.original = manifest.database.oid;
    mark.at = say_time(now());
    return {manifest, server, standby_name(databases.live_name(), manifest.id), mark, jobs};
}

std::optional<MarkedDatabase> find_standby(const std::vector<MarkedDatabase>& marked, const std::string& restore_point,
                                           const std::string& manifest_digest) {
    for (const auto& database : marked) {
        const bool same = database.mark.restore_point == restore_point &&
                          (manifest_digest.empty() || database.mark.manifest == manifest_digest);
        if (database.mark.kind == "standby" && same && !database.allows_connections) return database;
    }
    return std::nullopt;
}

}  // namespace lastgood
