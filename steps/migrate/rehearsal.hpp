#pragma once

#include "backup/engine.hpp"
#include "check/before.hpp"
#include "check/captured.hpp"
#include "framework/context.hpp"
#include "record/restore_points.hpp"
#include "step/project.hpp"
#include "step/rehearsal_report.hpp"
#include "step/world.hpp"

#include <string>
#include <vector>

namespace lastgood {

class RehearsalLocks;

class Gate;
class MigrationWatch;

/// Runs the pending migrations in a clone of what the restore point holds, measures each, asks the checks that can be
/// asked there, and tries the way down. Production is not touched; the clone is dropped whatever happens.
class Rehearsal {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        const RestorePoints& restore_points;
        Project& project;
        Processes& processes;
        const Environment& environment;
        Redaction& redaction;
        Console& console;
        Interruption& interruption;
    };
    Rehearsal(Ports ports, const Manifest& manifest, std::string manifest_digest);

    /// The database of a rehearsal of this restore point: named in the record before it is made.
    static std::string database_name(const std::string& live, const std::string& restore_point);
    /// Failure (3) where a migrator cannot be kept off the network and the pipeline does not accept that; Failure (4)
    /// if a migration or a check failed in it; Failure (3) if it took longer than it may, or beside the original
    /// changes what all databases share; Failure (5) if it changed such a thing all the same.
    RehearsalReport run(const std::vector<std::string>& pending, bool try_way_down);

  private:
    RehearsalReport rehearse(const std::vector<std::string>& pending, bool with_way_down);
    EngineContext engine_context() const;
    bool isolates() const;
    FrameworkContext context_in(Gate& gate, bool isolated) const;
    void migrate(RehearsalReport& report, Framework& framework, const ConnectionUrl& clone, MigrationWatch& watch,
                 const std::vector<std::string>& pending);
    struct Untouched {
        Before before;
        Captured captured;
    };
    std::vector<CheckSettings> checks() const;
    Untouched look_at_untouched(const ConnectionUrl& clone) const;
    void ask_checks(RehearsalReport& report, const FrameworkContext& context, const ConnectionUrl& clone,
                    const Untouched& untouched);
    void try_way_down(RehearsalReport& report, Framework& framework, const FrameworkContext& context,
                      const ConnectionUrl& clone, MigrationWatch& watch, RehearsalLocks& locks);
    void go_down(RehearsalReport& report, Framework& framework, const FrameworkContext& context,
                 const ConnectionUrl& clone);

    Ports m_ports;
    const Manifest& m_manifest;
    std::string m_digest;
    ClientPrograms m_programs;
};

}  // namespace lastgood
