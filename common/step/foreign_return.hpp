#pragma once

#include "backup/cluster_point.hpp"
#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "runbook/runbook.hpp"
#include "step/runbook_releases.hpp"
#include "step/world.hpp"

#include <optional>

namespace lastgood {

/// The commands of a return that is not made of databases beside each other: a whole cluster, over the live database by
/// a platform, or as another server.
struct ForeignReturn {
    World& world;
    const Pipeline& pipeline;
    const Databases& databases;
    const RunState& run;
    const ReleasesOfRun& releases;
    const TypedCommands* commands;
    const Manifest& manifest;

    /// None where the restore point is a database's.
    std::optional<RunbookForeign> read() const;

  private:
    RunbookForeign cluster(const EngineContext& context) const;
    RunbookForeign in_place(const EngineContext& context) const;
    RunbookForeign instance(const EngineContext& context) const;
    ClusterPoint failed_point(const ClusterPoint& point) const;
    std::string kept_live() const;
    RunbookForeign unknown(const std::string& why) const;
    Json traffic() const;
};

}  // namespace lastgood
