#include "backup/cluster_engine.hpp"

#include "backup/pgbackrest_engine.hpp"
#include "core/failure.hpp"

namespace lastgood {

namespace {

constexpr const char* k_pgbackrest = "pgbackrest";

}  // namespace

bool is_cluster_engine(const std::string& name) {
    return name == k_pgbackrest;
}

std::unique_ptr<ClusterEngine> make_cluster_engine(const std::string& name, const EngineContext& context,
                                                   const CaptureSettings& settings) {
    if (is_cluster_engine(name) && settings.pgbackrest) return make_pgbackrest_engine(context, *settings.pgbackrest);
    throw Failure(
        ExitCode::usage, "the restore point is one of engine " + name + ", which the pipeline does not describe",
        "nothing",
        "add pgbackrest: { stanza: ..., stop: [...], start: [...] } to backup-capture, with engine: pgbackrest");
}

}  // namespace lastgood
