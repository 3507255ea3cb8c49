#include "store/private_tree.hpp"

#include "outside/descriptor.hpp"
#include "outside/files.hpp"
#include "store/key.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

bool is_gone(int error_number) {
    return error_number == ENOENT || error_number == ENOTDIR;
}

bool is_hidden(const fs::path& path) {
    return path.filename().native().front() == '.';
}

void list_into(std::vector<std::string>& files, const fs::path& directory, const std::string& prefix) {
    for_each_entry(directory, [&](const fs::directory_entry& entry, fs::file_type type) {
        if (is_hidden(entry.path())) return;
        const std::string name = prefix + entry.path().filename().string();
        if (type == fs::file_type::regular) files.push_back(name);
        if (type == fs::file_type::directory) list_into(files, entry.path(), name + "/");
    });
}

}  // namespace

void make_private_directories(const fs::path& directory) {
    std::error_code ignored;
    if (fs::is_directory(directory, ignored)) return;
    const fs::path parent = directory.parent_path();
    if (!parent.empty() && parent != directory) make_private_directories(parent);
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST)
        throw FileError("cannot make directory " + directory.string(), errno);
    flush_directory(parent.empty() ? fs::path(".") : parent);
}

void flush_directory(const fs::path& directory) {
    const Descriptor opened(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened && is_gone(errno)) return;
    if (!opened || ::fsync(opened.number()) != 0)
        throw FileError("cannot flush directory " + directory.string(), errno);
}

void make_private(const fs::path& directory) {
    if (::chmod(directory.c_str(), 0700) != 0) throw FileError("cannot close to others " + directory.string(), errno);
    for_each_entry(directory, [](const fs::directory_entry& entry, fs::file_type type) {
        const fs::path& path = entry.path();
        if (!is_key_part(path.filename().native()))
            throw FileError("not a name for an object: " + path.string(), EINVAL);
        if (type == fs::file_type::directory) return make_private(path);
        if (type != fs::file_type::regular) throw FileError("neither file nor directory: " + path.string(), EINVAL);
        if (::chmod(path.c_str(), 0600) != 0) throw FileError("cannot close to others " + path.string(), errno);
    });
}

void for_each_entry(const fs::path& directory,
                    const std::function<void(const fs::directory_entry&, fs::file_type)>& visit) {
    std::error_code error;
    fs::directory_iterator entries(directory, error);
    if (is_gone(error.value())) return;
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
        std::error_code vanished;
        const auto type = entries->symlink_status(vanished).type();
        if (type != fs::file_type::not_found) visit(*entries, type);
    }
    if (error) throw FileError("cannot read directory " + directory.string(), error.value());
}

std::vector<std::string> visible_files(const fs::path& directory) {
    std::vector<std::string> files;
    list_into(files, directory, "");
    std::sort(files.begin(), files.end());
    return files;
}

bool has_visible_file(const fs::path& directory) {
    bool found = false;
    for_each_entry(directory, [&found](const fs::directory_entry& entry, fs::file_type type) {
        if (found || is_hidden(entry.path())) return;
        found = type == fs::file_type::regular || (type == fs::file_type::directory && has_visible_file(entry.path()));
    });
    return found;
}

fs::file_time_type newest_change(const fs::path& path) {
    std::error_code vanished;
    auto newest = fs::last_write_time(path, vanished);
    for_each_entry(path, [&newest](const fs::directory_entry& entry, fs::file_type type) {
        std::error_code gone;
        const auto changed =
            type == fs::file_type::directory ? newest_change(entry.path()) : fs::last_write_time(entry.path(), gone);
        newest = std::max(newest, changed);
    });
    return newest;
}

}  // namespace lastgood
