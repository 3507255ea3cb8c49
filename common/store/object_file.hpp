#pragma once

#include "store/store.hpp"

#include <filesystem>
#include <memory>

namespace lastgood {

/// Writes the object `path` under a draft's name beside it until it is finished; it is flushed by whoever settles the
/// directory. An unfinished draft is removed.
std::unique_ptr<ObjectWriter> write_object_file(std::filesystem::path path);
std::unique_ptr<ObjectReader> read_object_file(const std::filesystem::path& path);

}  // namespace lastgood
