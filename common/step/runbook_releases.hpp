#pragma once

#include "core/facts.hpp"
#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "runbook/runbook.hpp"

#include <optional>
#include <string>

namespace lastgood {

class Redaction;
class TypedCommands;
class World;
struct Pipeline;

/// What a run releases, and what it returns to.
struct ReleasesOfRun {
    Revision good;            ///< empty if no good release is known
    std::string good_served;  ///< by its platform's name for it; "": not known
    std::string served;       ///< what this run's release is, likewise
};

ReleasesOfRun releases_of_run(World& world, const Pipeline& pipeline, const RunState& run,
                              const std::optional<Manifest>& manifest);

/// How a person puts the revision on the branch, and into service. `commands` is null on a plain server. No secret that
/// `redaction` knows is in it.
RunbookRelease runbook_release(const Pipeline& pipeline, const RunState& run, const Revision& revision,
                               const std::string& served, const TypedCommands* commands, const Redaction& redaction);

}  // namespace lastgood
