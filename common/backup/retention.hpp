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
    std::optional<int> fits;  ///< number of the good release that it brings back
};

/// `keep:` of a pipeline. What any of the three wants is kept.
struct KeepRules {
    int last = 7;                                    ///< this many, whatever their age
    std::optional<std::chrono::milliseconds> young;  ///< and those younger than this
    int good = 1;  ///< and the newest of this many good releases, counted from the last
};

/// Which restore points may go: not wanted by a rule, not in `needed` (an open run's), and not the newest proven one.
/// The newest that fits the last good release is kept in any case: it is the data of the last good pair. Pure.
std::vector<std::string> expendable(std::vector<KeptPoint> points, const KeepRules& rules, Time now,
                                    const std::vector<std::string>& needed);

}  // namespace lastgood
