#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Repository;

/// What init reads of a checkout; a test makes one up. A run works on commits, so files are those that git tracks.
struct Checkout {
    std::string directory;                                ///< the name of its top directory
    std::vector<std::string> files;                       ///< tracked, by path, sorted
    std::map<std::string, std::string> remotes;           ///< their URLs, without credentials
    std::map<std::string, std::string> default_branches;  ///< of remotes that told theirs when they were cloned
    std::optional<std::string> branch;                    ///< the one checked out
    /// What a file of the work tree holds, tracked or not; "" where there is none.
    std::function<std::string(const std::string&)> read;

    bool has(const std::string& path) const;
    /// Is a tracked file below this directory?
    bool has_below(const std::string& directory) const;
};

Checkout look_at_checkout(const Repository& repository);

/// "api/manage.py" -> "api", "manage.py" -> ".".
std::string directory_of(const std::string& path);
std::string file_name_of(const std::string& path);
/// "." and "x" -> "x".
std::string path_in(const std::string& directory, const std::string& name);

}  // namespace lastgood
