#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lastgood {

/// Like mkdir -p with mode 0700, each new name flushed into its parent. An existing directory keeps its mode.
/// FileError.
void make_private_directories(const std::filesystem::path& directory);
/// fsync of one directory: its names are durable then. One that is gone is fine. FileError.
void flush_directory(const std::filesystem::path& directory);
/// Takes group's and others' rights off everything below. FileError on what is neither file nor directory, or has a
/// name that no key can have.
void make_private(const std::filesystem::path& directory);

/// Calls `visit` with each entry of `directory`; what vanishes meanwhile, `directory` included, is no error. FileError.
void for_each_entry(
    const std::filesystem::path& directory,
    const std::function<void(const std::filesystem::directory_entry&, std::filesystem::file_type)>& visit);
/// Files below `directory`, relative to it, sorted; names with a leading dot and what is below them are left out.
std::vector<std::string> visible_files(const std::filesystem::path& directory);
bool has_visible_file(const std::filesystem::path& directory);
/// When anything at or below `path` was changed last.
std::filesystem::file_time_type newest_change(const std::filesystem::path& path);

}  // namespace lastgood
