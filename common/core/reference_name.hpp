#pragma once

#include <string_view>

namespace lastgood {

/// Would git take this as the full name of a reference ("refs/lastgood/production")? The rules of git check-ref-format.
bool is_reference_name(std::string_view name);
/// ... this as the name of a branch ("main", "release/7")?
bool is_branch_name(std::string_view name);

}  // namespace lastgood
