#pragma once

#include "core/failure.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// Failure (4) for a restore that `program` gave up; `role` is the one that restored. Says which right is missing where
/// the words tell.
Failure restore_failure(const std::string& program, const std::vector<std::string>& errors, const std::string& role,
                        const std::string& end);

/// Failure (4) for a restore point that found no room.
Failure disk_full(const std::string& what);

/// Failure (4) for a dump into `target`. A full disk says so.
Failure dump_failure(const std::vector<std::string>& errors, const std::string& target, const std::string& end);

}  // namespace lastgood
