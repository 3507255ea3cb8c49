#pragma once

#include "record/run_state.hpp"

#include <vector>

namespace lastgood {

/// One attempt of a run: the state that its end left, and its own events.
struct Attempt {
    RunState state;
    std::vector<Event> events;
};

/// Oldest first. What was written before the first of them began is left out. Pure; Failure (4) as fold().
std::vector<Attempt> attempts_of(const std::string& run, const std::vector<Event>& events);

}  // namespace lastgood
