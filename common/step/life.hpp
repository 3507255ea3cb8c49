#pragma once

#include "step/plan.hpp"

#include <functional>

namespace lastgood {

class AdvisoryLock;
class Console;
class Interruption;
class RunRecord;

/// What the interpreter works with. `record` may be null for a dry run of a run that was never opened.
struct Life {
    RunRecord* record = nullptr;
    AdvisoryLock* lock = nullptr;
    Console& console;
    Interruption& interruption;
    bool dry_run = false;
    bool json = false;
    /// Called before anything that changes production, and when the step has ended, however: the runbook.
    std::function<void()> renew_runbook = {};
};

/// observe -> decide -> point of no return -> perform -> prove. The only place that journals, times and can be killed
/// in the crash sweep. Returns the step's exit status; throws what ended it (after the record says so).
int live(Step& step, Life life);

}  // namespace lastgood
