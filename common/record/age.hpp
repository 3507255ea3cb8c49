#pragma once

#include "store/store.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

class Processes;

/// Encrypts by the program age (age-encryption.org/v1): whoever has the identity can open it without us.

/// What is written to it reaches `object` encrypted for `recipients`. Failure (2) without the program, Failure (4) if
/// it fails.
std::unique_ptr<ObjectWriter> encrypt(Processes& processes, const std::vector<std::string>& recipients,
                                      std::unique_ptr<ObjectWriter> object);

/// What stands in `object`, decrypted with the identities in a file. Failure (4) if it was altered or is meant for
/// somebody else; nothing that was altered is given out.
std::unique_ptr<ObjectReader> decrypt(Processes& processes, const std::filesystem::path& identities,
                                      std::unique_ptr<ObjectReader> object);

}  // namespace lastgood
