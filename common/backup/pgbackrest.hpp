#pragma once

#include "backup/cluster_point.hpp"
#include "backup/engine.hpp"
#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// A backup as `pgbackrest info` tells of it.
struct PgBackRestBackup {
    std::string label;          ///< "20261123-020621F"
    std::string restore_point;  ///< our annotation; "": not ours
    bool damaged = false;       ///< pgBackRest noticed invalid page checksums in it
};

struct PgBackRestStanza {
    std::string system_identifier;          ///< of the cluster that it backs up now
    std::vector<PgBackRestBackup> backups;  ///< oldest first
};

/// The program pgbackrest, known here only (its manual: pgbackrest.org/command.html). Failure (4) with its own words
/// where it fails.
class PgBackRest {
  public:
    PgBackRest(const PgBackRestSettings& settings, const EngineContext& context);

    /// Failure (3) if there is no such stanza, or nothing of it can be read.
    PgBackRestStanza stanza() const;
    /// Makes a backup that names the restore point; returns its label.
    std::string back_up(const std::string& restore_point) const;
    /// Whether the segment of the write-ahead log is in the archive. `scratch`: a file that it may be written to.
    bool has_segment(const std::string& segment, const std::string& data_directory, const std::string& scratch) const;
    /// Restores into an empty directory of this machine; what is started there reaches the point and archives nothing.
    void restore_aside(const ClusterPoint& point, const std::string& directory, const std::string& tablespaces) const;
    /// Restores over the data directory of the stopped server, where that is. What is the same there stays.
    void restore_over(const ClusterPoint& point) const;
    /// What restore_over() runs, for people.
    std::vector<std::string> restore_over_command(const ClusterPoint& point) const;

  private:
    std::vector<std::string> command(const Argv& before, const std::vector<std::string>& arguments) const;
    ProcessResult run(const std::vector<std::string>& argv) const;
    void must(const std::vector<std::string>& argv, const std::string& what) const;

    const PgBackRestSettings& m_settings;
    EngineContext m_context;
};

/// The backup that holds the restore point; none if it is not there, or damaged.
std::optional<PgBackRestBackup> find_backup(const PgBackRestStanza& stanza, const std::string& label);

}  // namespace lastgood
