#pragma once

#include "backup/cluster_point.hpp"
#include "backup/engine.hpp"
#include "backup/host_lock.hpp"
#include "backup/scratch_server.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// An engine whose restore points are whole clusters: what comes back is a data directory, not a database beside
/// another one.
class ClusterEngine : public Engine {
  public:
    /// The cluster as it was, running on this machine. Failure (4).
    virtual std::unique_ptr<ScratchServer> restore_aside(PointReader& objects, const ScratchAccess& access) = 0;
    /// Over the data directory of the stopped server. May be called again after it was interrupted. Failure (4).
    virtual void restore_over(const ClusterPoint& point) = 0;
    /// Of a server that was stopped: that it ended cleanly and that all it wrote, `segment` of the write-ahead log too,
    /// can be had again. Failure (4) if not, or if that cannot be told.
    virtual void require_archived(const ClusterPoint& point, const std::string& segment) = 0;
    /// Keeps others of us away from the data directory while it lives. Failure (8), (3).
    virtual std::unique_ptr<HostLock> lock(const ClusterPoint& point) = 0;
    /// What restore_over() runs, for a person.
    virtual std::string restore_over_command(const ClusterPoint& point) = 0;
    /// Of the cluster that the engine's configuration backs up. Failure (3) if that cannot be told.
    virtual std::string system_identifier() = 0;
};

bool is_cluster_engine(const std::string& name);
/// Failure (2) if it is none, or the pipeline does not say what it needs.
std::unique_ptr<ClusterEngine> make_cluster_engine(const std::string& name, const EngineContext& context,
                                                   const CaptureSettings& settings);

}  // namespace lastgood
