#include "backup/prove_cluster.hpp"

#include "database/properties.hpp"
#include "database/session.hpp"
#include "record/point_reader.hpp"

#include <chrono>

namespace lastgood {

RestoreResult prove_in_scratch(ClusterEngine& engine, const EngineContext& context, const Manifest& manifest,
                               PointReader& objects, const ScratchOrder& order) {
    const auto start = std::chrono::steady_clock::now();
    objects.check_if_near();
    const auto server = engine.restore_aside(objects, {order.scope, order.role, manifest.database.name});
    std::vector<std::string> not_applied;
    {
        // A fence of ours may have been up: what is compared is what was there before it.
        Session session(server->url(), context.application_name, context.interruption);
        not_applied = apply_properties(session, manifest.database.name, manifest.properties);
    }
    RestoreResult result =
        compare_restored(context, manifest, server->url(), order.jobs, expected_of(manifest, objects), not_applied);
    result.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace lastgood
