#include "store/directory_store.hpp"

#include "outside/files.hpp"
#include "store/key.hpp"
#include "store/object_file.hpp"
#include "store/private_tree.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace fs = std::filesystem;

namespace {

constexpr const char* k_draft = ".draft-";  // what outside/files.cpp leaves behind when it is killed
constexpr std::chrono::hours k_litter_age{24};

bool says_full(const std::error_code& code) {
    return code.value() == ENOSPC || code.value() == EDQUOT;
}

/// Whatever the file system says, as a StoreError.
template <typename Work>
auto as_store(Work work) {
    try {
        return work();
    } catch (const FileError& error) {
        throw StoreError(error.what(), error.disk_full());
    } catch (const fs::filesystem_error& error) {
        throw StoreError(error.path1().string() + ": " + error.code().message(), says_full(error.code()));
    }
}

bool is_old(const fs::path& path) {
    return newest_change(path) < fs::file_time_type::clock::now() - k_litter_age;
}

void discard(const fs::path& path) {
    fs::remove_all(path);
    flush_directory(path.parent_path());
}

int remove_old_drafts(const fs::path& directory) {
    int removed = 0;
    for_each_entry(directory, [&removed](const fs::directory_entry& entry, fs::file_type type) {
        const std::string name = entry.path().filename().string();
        if (type == fs::file_type::directory) removed += remove_old_drafts(entry.path());
        if (type != fs::file_type::regular || !name.starts_with(k_draft) || !is_old(entry.path())) return;
        if (fs::remove(entry.path())) ++removed;
    });
    return removed;
}

}  // namespace

DirectoryStore::DirectoryStore(fs::path root) : m_root(std::move(root)) {}

std::string DirectoryStore::address() const {
    return "file:" + m_root.string();
}

fs::path DirectoryStore::path_of(const std::string& key) const {
    require_key(key);
    return m_root / key;
}

fs::path DirectoryStore::directory_of(const std::string& prefix) const {
    require_prefix(prefix);
    return prefix.empty() ? m_root : m_root / prefix.substr(0, prefix.size() - 1);
}

std::optional<std::string> DirectoryStore::get(const std::string& key) const {
    const fs::path path = path_of(key);
    try {
        return read_file(path);
    } catch (const FileError& error) {
        const int number = error.error_number();
        if (number == ENOENT || number == ENOTDIR || number == EISDIR) return std::nullopt;
        throw StoreError(error.what());
    }
}

bool DirectoryStore::create(const std::string& key, std::string_view bytes) {
    const fs::path path = path_of(key);
    return as_store([&] {
        make_private_directories(path.parent_path());
        if (!create_file(path, bytes)) return false;
        fs::permissions(path, fs::perms::owner_read | fs::perms::owner_write);
        return true;
    });
}

std::vector<std::string> DirectoryStore::list(const std::string& prefix) const {
    const fs::path directory = directory_of(prefix);
    return as_store([&] { return visible_files(directory); });
}

std::vector<std::string> DirectoryStore::list_parts(const std::string& prefix) const {
    const fs::path directory = directory_of(prefix);
    return as_store([&] {
        std::vector<std::string> parts;
        for_each_entry(directory, [&parts](const fs::directory_entry& entry, fs::file_type type) {
            const std::string name = entry.path().filename().string();
            // An empty directory is what a removal or a failed write leaves: no key is below it.
            if (type == fs::file_type::directory && is_key_part(name) && has_visible_file(entry.path()))
                parts.push_back(name);
        });
        std::sort(parts.begin(), parts.end());
        return parts;
    });
}

void DirectoryStore::remove(const std::string& key) {
    as_store([&] {
        if (key.ends_with('/')) return discard(directory_of(key));
        const fs::path path = path_of(key);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT && errno != ENOTDIR)
            throw FileError("cannot remove " + path.string(), errno);
        flush_directory(path.parent_path());
    });
}

std::unique_ptr<ObjectWriter> DirectoryStore::write(const std::string& key) {
    fs::path path = path_of(key);
    return as_store([&] {
        make_private_directories(path.parent_path());
        return write_object_file(std::move(path));
    });
}

std::unique_ptr<ObjectReader> DirectoryStore::read(const std::string& key) const {
    return read_object_file(path_of(key));
}

void DirectoryStore::settle(const std::string& prefix) {
    const fs::path directory = directory_of(prefix);
    as_store([&] {
        make_private(directory);
        flush_tree(directory);
        flush_directory(directory.parent_path());
    });
}

std::optional<fs::path> DirectoryStore::directory(const std::string& prefix) const {
    return directory_of(prefix);
}

std::optional<Time> DirectoryStore::last_change(const std::string& prefix) const {
    const fs::path directory = directory_of(prefix);
    return as_store([&]() -> std::optional<Time> {
        if (!fs::exists(directory)) return std::nullopt;
        const auto changed = std::chrono::file_clock::to_sys(newest_change(directory));
        return std::chrono::time_point_cast<Time::duration>(changed);
    });
}

std::optional<std::uint64_t> DirectoryStore::free_space() const {
    return as_store([&] { return lastgood::free_space(m_root); });
}

std::optional<std::string> DirectoryStore::why_not_writable() const {
    // Where it was never made, it will be made in the nearest directory above it that is there.
    fs::path place = m_root;
    std::error_code error;
    while (!fs::exists(place, error) && place != place.parent_path()) place = place.parent_path();
    if (!fs::is_directory(place, error)) return place.string() + ": " + std::generic_category().message(ENOTDIR);
    if (::faccessat(AT_FDCWD, place.c_str(), W_OK | X_OK, AT_EACCESS) == 0) return std::nullopt;
    return place.string() + ": " + std::generic_category().message(errno);
}

int DirectoryStore::remove_litter() {
    return as_store([&] { return remove_old_drafts(m_root); });
}

}  // namespace lastgood
