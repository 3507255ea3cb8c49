#pragma once

#include "record/run_state.hpp"

#include <string>
#include <vector>

namespace lastgood {

// What `lastgood status` reads out of a run's record. Pure.

/// "migrate: exit 0" per step that began, in the order of the chain.
std::vector<std::string> say_steps(const RunState& run);
/// The command that comes next, with an explanation behind three spaces where one helps.
std::string next_of(const RunState& run);

}  // namespace lastgood
