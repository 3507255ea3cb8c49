#pragma once

#include "core/facts.hpp"
#include "database/beside.hpp"
#include "pipeline/pipeline.hpp"
#include "record/restore_points.hpp"
#include "step/cluster_state.hpp"
#include "step/keeping.hpp"
#include "step/plan.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What backup-capture saw.
struct CaptureFacts {
    std::string restore_point;  ///< the id that this run's attempt has
    std::string run;
    std::string outcome;  ///< of the run if it is closed: "good", "rolled-back", ...; "" while it is open
    std::string database;
    std::uint64_t database_size = 0;
    std::optional<std::uint64_t> store_free;   ///< none: cannot be known
    std::optional<std::uint64_t> server_free;  ///< likewise, on the server where the copy will be
    bool may_create_databases = false;
    bool owns_database = false;
    std::string role;
    bool manifest_there = false;
    std::optional<Proof> proof;
    std::vector<MarkedDatabase> marked;             ///< databases of this environment's that carry our mark
    std::vector<std::string> left_on_prove_server;  ///< copies of earlier runs; nobody needs them
    std::vector<std::string> replaceable_runs;      ///< closed runs whose restore point is in the store
    Expendable expendable;
    bool fence_wanted = false;   ///< none is up, and no driver puts one up
    bool holds_traffic = false;  ///< it is the platform's, which lets nothing run
    bool encrypted = false;
    bool locked = false;                  ///< encrypted, and nobody here can decrypt it
    bool can_mirror = false;              ///< the engine can restore what passes by
    bool at_stake = false;                ///< this run has changed something already
    std::optional<ClusterState> cluster;  ///< where whole clusters are captured
    bool instance = false;                ///< where whole servers are captured by who runs them
    std::vector<std::string> remarks;
};

/// Pure. Failure (3) where a precondition is missing.
Plan decide(const CaptureFacts& facts, const CaptureSettings& settings);

/// Rough upper estimates, in bytes.
std::uint64_t estimated_dump(std::uint64_t database_size, bool plain);
std::uint64_t estimated_copy(std::uint64_t database_size);

}  // namespace lastgood
