#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// Files, durably. Errors of the system are thrown as FileError with the path and the system's words.
class FileError : public std::runtime_error {
  public:
    FileError(const std::string& what, int error_number);
    int error_number() const { return m_error_number; }
    bool disk_full() const;  ///< ENOSPC or EDQUOT

  private:
    int m_error_number;
};

std::string read_file(const std::filesystem::path& path);
/// Under another name, flushed, renamed over `path`, directory flushed. Parent directories are made.
void replace_file(const std::filesystem::path& path, std::string_view bytes);
/// Under another name, flushed, then linked to `path`, directory flushed: all or nothing, and false if `path` exists.
bool create_file(const std::filesystem::path& path, std::string_view bytes);
/// fsync of every file and directory below.
void flush_tree(const std::filesystem::path& directory);
/// Bytes an unprivileged user can still write on the file system that holds `path` (or its nearest existing parent).
std::uint64_t free_space(const std::filesystem::path& path);

/// A directory of mode 0700, removed with everything in it (unless keep() was called). Under $TMPDIR or /tmp, or
/// `parent`.
class TemporaryDirectory {
  public:
    explicit TemporaryDirectory(std::string_view prefix, const std::filesystem::path& parent = {});
    ~TemporaryDirectory();
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    const std::filesystem::path& path() const { return m_path; }
    void keep() { m_keep = true; }

  private:
    std::filesystem::path m_path;
    bool m_keep = false;
};

/// Hex SHA-256.
std::string sha256(std::string_view bytes);

}  // namespace lastgood
