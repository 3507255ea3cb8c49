#pragma once

#include "core/failure.hpp"

#include <string>

namespace lastgood {

class DatabaseError;

/// What reading the rows of `what` came to: Failure (3) where a right is missing or policies would hide rows, else (4).
/// Says so where a lock was not to be had.
Failure cannot_read(const std::string& what, const DatabaseError& error);

}  // namespace lastgood
