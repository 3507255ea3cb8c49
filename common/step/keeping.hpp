#pragma once

#include "backup/retention.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Console;
class RestorePoints;

/// What `keep` lets go.
struct Expendable {
    std::vector<std::string> points;
    std::vector<std::string> incomplete;  ///< never completed, and untouched for a day: of programs that were killed
};

/// `needed` are kept whatever their age. One that cannot be read is kept, and a warning names it.
Expendable expendable_points(const RestorePoints& restore_points, const KeepRules& rules,
                             const std::vector<std::string>& needed, Console& console);

}  // namespace lastgood
