#pragma once

#include "core/facts.hpp"

#include <string>

namespace lastgood {

/// Pure: CREATE DATABASE from template0 with encoding and locale of `like`. A tablespace or an owner may be put behind
/// it.
std::string creation_statement(const std::string& name, const DatabaseProperties& like);

}  // namespace lastgood
