#pragma once

#include "check/check.hpp"
#include "database/unfinished.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

/// What two checks have in common: something half done that was not there before is a failure, and is shown with the
/// statement that mends it.
CheckResult judge_unfinished(const std::vector<Unfinished>& now, const std::vector<std::uint32_t>& before,
                             const std::string& one, const std::string& many);

std::vector<std::uint32_t> oids_of(const std::vector<Unfinished>& found);

}  // namespace lastgood
