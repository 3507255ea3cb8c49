#pragma once

#include "check/check.hpp"

#include <functional>

namespace lastgood {

/// Asks once, or as often as the window wants. While it waits (`within`) the first pass counts, and at the end of the
/// time the last verdict does. While it watches (`for`) the first failure counts; what could not tell is asked again,
/// and is the verdict only if the last question had no answer. A question under way at the end of a time is waited for.
/// A signal ends it: Interrupted.
CheckResult watched(const Window& window, const std::function<CheckResult()>& ask, const Interruption& interruption);

}  // namespace lastgood
