#pragma once

#include "framework/framework.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Processes;

/// What the linter squawk says of a migration's SQL, a line each: "0042_note:3: adding-not-nullable-field: ...". Empty
/// where it is not installed, or the SQL is not known. Its configuration in `directory` (.squawk.toml) counts; what our
/// guard takes care of (timeouts, files that can be run again) is left out.
std::vector<std::string> squawk_findings(const Described& migration, const std::string& directory, int server_version,
                                         Processes& processes);

}  // namespace lastgood
