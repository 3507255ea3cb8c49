#pragma once

#include "outside/clock.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What retention has to know of a restore point.
struct KeptPoint {
    std::string id;
    Time taken_at;
    bool proven = false;
};

/// Which restore points may go: neither among the newest `keep_last`, nor younger than `keep_for`, nor in `needed` (the
/// open run's, the last good pair's), nor the newest proven one. Pure.
std::vector<std::string> expendable(std::vector<KeptPoint> points, int keep_last,
                                    std::optional<std::chrono::milliseconds> keep_for, Time now,
                                    const std::vector<std::string>& needed);

}  // namespace lastgood
