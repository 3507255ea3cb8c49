#pragma once

#include "core/facts.hpp"

#include <string>

namespace lastgood {

struct GitSettings;

/// A new commit with the good tree on whatever the branch is now: what a person can type wherever the branch can be
/// pushed.
std::string branch_command(const GitSettings& git, const std::string& branch, const Revision& good);

}  // namespace lastgood
