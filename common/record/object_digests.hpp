#pragma once

#include "record/restore_points.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;

/// Size and digest of every file below `directory`, in order of key, several at a time. `interruption` may be null.
std::vector<ObjectFacts> digest_objects(const std::filesystem::path& directory, const Interruption* interruption);

/// What is wrong with the first of `objects` that is not in `directory` as it should be; "" if all are.
std::string first_difference(const std::filesystem::path& directory, const std::vector<ObjectFacts>& objects,
                             const Interruption* interruption);

}  // namespace lastgood
