#pragma once

#include "pipeline/pipeline.hpp"

#include <optional>
#include <string>

namespace lastgood {

class Session;

/// Pure. `day`: 1 is Monday, 7 Sunday; `minute` since midnight, both in the window's zone. A window over midnight is
/// that of the day on which it begins.
bool is_within(const ReleaseWindow& window, int day, int minute);
/// "" within it, by the server's clock, and where there is none; else "it is wed 14:02 in Europe/Berlin, and ...".
/// Failure (2) for a zone that the server does not know.
std::string outside_window(const std::optional<ReleaseWindow>& window, Session& session);

}  // namespace lastgood
