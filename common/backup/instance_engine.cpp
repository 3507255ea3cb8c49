#include "backup/instance_engine.hpp"

#include "backup/rds_engine.hpp"
#include "core/failure.hpp"
#include "database/properties.hpp"
#include "database/session.hpp"
#include "record/point_reader.hpp"

#include <chrono>

namespace lastgood {

namespace {

constexpr const char* k_rds = "rds";

}  // namespace

bool is_instance_engine(const std::string& name) {
    return name == k_rds;
}

std::unique_ptr<InstanceEngine> make_instance_engine(const std::string& name, const EngineContext& context) {
    if (is_instance_engine(name) && context.aws) return make_rds_engine(context);
    throw Failure(
        ExitCode::usage, "the restore point is one of engine " + name + ", whose platform the pipeline does not name",
        "nothing", "write platform: elastic_beanstalk and elastic_beanstalk: { application: NAME, environment: NAME }");
}

ConnectionUrl on_server(const ConnectionUrl& url, const ManagedServer& server) {
    return url.with("host", server.host).with("port", std::to_string(server.port));
}

RestoreResult prove_aside(InstanceEngine& engine, const EngineContext& context, const Manifest& manifest,
                          PointReader& objects, const ConnectionUrl& live, int jobs) {
    const auto start = std::chrono::steady_clock::now();
    objects.check_if_near();
    const ConnectionUrl copy = on_server(live, engine.restore_aside(objects, manifest.id));
    std::vector<std::string> not_applied;
    {
        // A fence of ours may have been up: what is compared is what was there before it.
        Session session(copy, context.application_name, context.interruption);
        not_applied = apply_properties(session, manifest.database.name, manifest.properties);
    }
    RestoreResult result = compare_restored(context, manifest, copy, jobs, expected_of(manifest, objects), not_applied);
    result.took_ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start).count();
    return result;
}

}  // namespace lastgood
