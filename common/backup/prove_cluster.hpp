#pragma once

#include "backup/cluster_engine.hpp"
#include "backup/restore_beside.hpp"

#include <string>

namespace lastgood {

struct ScratchOrder {
    std::string scope;  ///< whose scratch server it is
    std::string role;   ///< that reads
    int jobs = 2;
};

/// Restores the cluster on this machine and compares the restore point's database with what its snapshot saw. Failure
/// (4) with the differences.
RestoreResult prove_in_scratch(ClusterEngine& engine, const EngineContext& context, const Manifest& manifest,
                               PointReader& objects, const ScratchOrder& order);

}  // namespace lastgood
