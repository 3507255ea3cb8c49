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

}  // namespace lastgood
