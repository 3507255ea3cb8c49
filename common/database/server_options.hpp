#pragma once

#include <string>

namespace lastgood {

/// `options` (PGOPTIONS form) with `-c name=value` at its end and without what it said about `name` before.
std::string merge_setting(const std::string& options, const std::string& name, const std::string& value);

/// Both, in PGOPTIONS form; what `stronger` says about a setting is what counts.
std::string merge_options(const std::string& weaker, const std::string& stronger);

}  // namespace lastgood
