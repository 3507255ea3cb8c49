#pragma once

#include "database/fence.hpp"
#include "record/run_record.hpp"
#include "step/world.hpp"

#include <memory>
#include <optional>

namespace lastgood {

/// The fence of a run: what is up is in its record before it goes up, so that any later program can take it down.
class Fences {
  public:
    Fences(const Pipeline& pipeline, const Databases& databases, Console& console, Interruption& interruption);
    ~Fences();

    /// What the record says is up; none if nothing is.
    static std::optional<RaisedFence> noted(const RunState& state);
    /// Notes it, arms the watchdog (closed), raises it. Failure (3) if it cannot be had; nothing is up then.
    void raise(RunRecord& record);
    /// Takes down what the record says is up, and notes that. True if something was still fenced.
    bool lift(RunRecord& record);
    /// Whether everything that the record says is up really is: only then was nobody able to write.
    bool holds(const RunState& state);

  private:
    Session admin();
    const Pipeline& m_pipeline;
    const Databases& m_databases;
    Console& m_console;
    Interruption& m_interruption;
    std::unique_ptr<Session> m_owner;
    std::unique_ptr<FenceWatchdog> m_watchdog;
};

}  // namespace lastgood
