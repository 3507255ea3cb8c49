#include "step/cluster_state.hpp"

#include "database/named_point.hpp"
#include "database/server.hpp"
#include "database/session.hpp"
#include "outside/files.hpp"

namespace lastgood {

ClusterState look_at_cluster(Session& live, const Pipeline& pipeline, ClusterEngine& engine) {
    const PgBackRestSettings& settings = *pipeline.capture.pgbackrest;
    const DatabaseIdentity seen = identify(live);
    ClusterState state;
    state.other_databases = other_databases(live, {seen.name, pipeline.database.maintenance_database});
    const PointHindrance hindrance = hindrance_to_points(live);
    state.hindrance = hindrance.what;
    state.help = hindrance.next;
    state.same_cluster = seen.system_identifier.empty() || seen.system_identifier == engine.system_identifier();
    state.scratch = settings.scratch;
    if (!settings.scratch.empty()) state.scratch_free = free_space(settings.scratch);
    state.size = cluster_size(live);
    return state;
}

}  // namespace lastgood
