#pragma once

#include "database/fence.hpp"
#include "record/run_record.hpp"
#include "step/world.hpp"

#include <functional>
#include <memory>
#include <optional>

namespace lastgood {

class Platform;

/// The fence of a run: what is up is in its record before it goes up, so that any later program can take it down. It is
/// the database's, the platform's, or both.
class Fences {
  public:
    /// The kind of one that is the platform's alone.
    static constexpr const char* k_traffic = "traffic";

    /// `platform` may be null.
    Fences(const Pipeline& pipeline, const Databases& databases, Platform* platform, Console& console,
           Interruption& interruption);
    ~Fences();

    /// Called when a fence is noted in the record, and before it goes up.
    void tell_before_raising(std::function<void()> told) { m_told = std::move(told); }
    /// What the record says is up; none if nothing is.
    static std::optional<RaisedFence> noted(const RunState& state);
    static std::string noted_since(const RunState& state);
    /// Does it last without a driver that watches over it: do the steps put it up themselves?
    bool needs_no_driver() const;
    /// Notes it, arms the watchdog (closed), raises it. Failure (3) if it cannot be had; nothing is up then.
    void raise(RunRecord& record);
    /// The platform's alone, whatever the pipeline says of writes. Ends a deploy first. Failure (3, 4); nothing is held
    /// then.
    void hold(RunRecord& record);
    /// Takes down what the record says is up, and notes that. True if something was still fenced.
    bool lift(RunRecord& record);
    /// Whether everything that the record says is up really is: only then was nobody able to write.
    bool holds(const RunState& state);
    /// Whether one is noted, and is not one of the platform's that a killed program put up half, or somebody took down.
    bool stands(const RunState& state);

  private:
    Session admin();
    void raise(RunRecord& record, RaisedFence fence, bool holds);
    void raise_in_database(const RaisedFence& fence);
    RaisedFence plan();
    void require_silence() const;
    const Pipeline& m_pipeline;
    const Databases& m_databases;
    Platform* m_platform;
    Console& m_console;
    Interruption& m_interruption;
    std::function<void()> m_told;
    std::unique_ptr<Session> m_owner;
    std::unique_ptr<FenceWatchdog> m_watchdog;
};

}  // namespace lastgood
