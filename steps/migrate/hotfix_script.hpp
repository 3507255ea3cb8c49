#pragma once

#include "framework/hotfix.hpp"
#include "step/project.hpp"

#include <filesystem>

namespace lastgood {

/// The script that migrate.hotfix names: in the revision that is live, else beside the pipeline file (a night's script
/// need not be committed), or where its absolute path says. Failure (3) if it is nowhere, or empty.
HotfixScript read_hotfix_script(const HotfixSettings& settings, Project& project,
                                const std::filesystem::path& beside_pipeline);

/// "fixes/totals.sql (sha256 1f2e3d4c5b6a)".
std::string say(const HotfixScript& script);

}  // namespace lastgood
