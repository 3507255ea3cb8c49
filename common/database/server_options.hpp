#pragma once

#include <string>

namespace lastgood {

/// `options` (PGOPTIONS form) with `-c name=value` at its end and without what it said about `name` before.
std::string merge_setting(const std::string& options, const std::string& name, const std::string& value);

}  // namespace lastgood
