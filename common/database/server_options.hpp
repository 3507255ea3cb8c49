#pragma once

#include <string>
#include <utility>
#include <vector>

namespace lastgood {

/// `options` (PGOPTIONS form) with `-c name=value` at its end and without what it said about `name` before.
std::string merge_setting(const std::string& options, const std::string& name, const std::string& value);

/// Both, in PGOPTIONS form; what `stronger` says about a setting is what counts.
std::string merge_options(const std::string& weaker, const std::string& stronger);

/// The settings in it, in their order: names in lower case with underscores.
std::vector<std::pair<std::string, std::string>> settings_of(const std::string& options);

}  // namespace lastgood
