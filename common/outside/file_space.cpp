#include "outside/files.hpp"

#include <cerrno>
#include <sys/statvfs.h>
#include <system_error>

namespace lastgood {

namespace fs = std::filesystem;

std::uint64_t free_space(const fs::path& path) {
    std::error_code error;
    fs::path place = fs::absolute(path);
    while (!fs::exists(place, error) && place != place.parent_path()) place = place.parent_path();
    struct statvfs status {};
    if (::statvfs(place.c_str(), &status) != 0)
        throw FileError("cannot ask for free space at " + place.string(), errno);
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

std::uint64_t tree_size(const fs::path& directory) {
    std::uint64_t size = 0;
    std::error_code error;
    fs::recursive_directory_iterator entries(directory, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        std::error_code vanished;
        if (!fs::is_regular_file(entries->symlink_status(vanished))) continue;
        const auto bytes = entries->file_size(vanished);
        if (!vanished) size += bytes;
    }
    if (error) throw FileError("cannot read directory " + directory.string(), error.value());
    return size;
}

}  // namespace lastgood
