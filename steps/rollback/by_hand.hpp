#pragma once

#include <string>

namespace lastgood {

struct Manifest;

/// When a rollback itself fails: where the restore point is, and the literal commands by which a person brings it back
/// without us.
std::string by_hand(const Manifest& manifest, const std::string& objects, const std::string& live);

}  // namespace lastgood
