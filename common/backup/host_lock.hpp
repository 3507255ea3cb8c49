#pragma once

#include "outside/filter.hpp"
#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"

#include <memory>
#include <string>

namespace lastgood {

/// One at a time over a data directory, where its server is stopped and can hold no lock for us: flock(1) on the
/// directory itself, by a process that ends with us, however we end.
class HostLock {
  public:
    /// `before`: put before the program, as for whatever else runs on that host. Failure (8) if another program of ours
    /// is at work there, (3) if it cannot be had.
    HostLock(const Argv& before, const std::string& data_directory, Processes& processes);
    ~HostLock();
    HostLock(const HostLock&) = delete;
    HostLock& operator=(const HostLock&) = delete;

  private:
    std::unique_ptr<Filter> m_holder;
};

}  // namespace lastgood
