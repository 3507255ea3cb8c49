#pragma once

#include "backup/cluster_engine.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// What an engine that captures whole clusters has to know of the one it is to capture.
struct ClusterState {
    std::vector<std::string> other_databases;  ///< of people, in the same cluster
    std::string hindrance;                     ///< "" or why no point can be named in the write-ahead log
    std::string help;                          ///< against it
    bool same_cluster = true;                  ///< what the engine backs up is the server that the pipeline names
    std::string scratch;                       ///< where a proof restores; "": nowhere
    std::optional<std::uint64_t> scratch_free;
    std::uint64_t size = 0;  ///< bytes, all databases
};

/// Failure (3) if the engine tells nothing of its configuration.
ClusterState look_at_cluster(Session& live, const Pipeline& pipeline, ClusterEngine& engine);

}  // namespace lastgood
