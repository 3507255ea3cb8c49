#pragma once

#include "record/run_state.hpp"
#include "report/next_command.hpp"

#include <string>
#include <vector>

namespace lastgood {

// What `lastgood status` reads out of a run's record. Pure.

/// "migrate: exit 0" per step that began, in the order of the chain.
std::vector<std::string> say_steps(const RunState& run);

}  // namespace lastgood
