#pragma once

#include "record/run_state.hpp"

#include <string>

namespace lastgood {

/// The command that comes next, with an explanation behind three spaces where one helps. Pure.
std::string next_of(const RunState& run);

}  // namespace lastgood
