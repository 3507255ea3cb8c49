#pragma once

#include "record/event.hpp"
#include "report/report.hpp"

#include <optional>
#include <vector>

namespace lastgood {

/// When the event was written; none if its `at` is no time.
std::optional<Time> time_of(const Event& event);

/// The steps, each followed by its actions, before them the fences; of one attempt. What nobody ended lasts until the
/// next program of the same step began, or else until the newest event. Pure.
std::vector<Interval> intervals_of(const std::vector<Event>& events);

}  // namespace lastgood
