#pragma once

#include <filesystem>
#include <string>

namespace lastgood {

/// The command of the release phase that a Procfile names; "" if it names none.
std::string release_phase_in(const std::string& procfile);
/// That of a tree's Procfile; "" if it has none.
std::string release_phase_of(const std::filesystem::path& tree);
/// Does such a command line migrate, as far as one can see?
bool seems_to_migrate(const std::string& command);

}  // namespace lastgood
