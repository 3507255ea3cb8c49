#include "outside/files.hpp"

#include "core/names.hpp"
#include "outside/descriptor.hpp"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail(const std::string& verb, const fs::path& path, int error_number = errno) {
    throw FileError("cannot " + verb + " " + path.string(), error_number);
}

Descriptor open_or_fail(const fs::path& path, int flags, const std::string& verb) {
    Descriptor file(::open(path.c_str(), flags | O_CLOEXEC, 0640));
    if (!file) fail(verb, path);
    return file;
}

void flush(const fs::path& path, int flags) {
    const Descriptor file = open_or_fail(path, O_RDONLY | O_NOFOLLOW | flags, "flush");
    if (::fsync(file.number()) != 0) fail("flush", path);
}

fs::path directory_of(const fs::path& path) {
    return path.has_parent_path() ? path.parent_path() : fs::path(".");
}

/// Like mkdir -p, each new name flushed into its parent.
void make_directories(const fs::path& directory) {
    if (fs::is_directory(directory)) return;
    if (directory.has_parent_path() && directory.parent_path() != directory) make_directories(directory.parent_path());
    if (::mkdir(directory.c_str(), 0750) != 0) {
        if (errno == EEXIST) return;
        fail("make directory", directory);
    }
    flush(directory_of(directory), O_DIRECTORY);
}

/// A flushed file of another name in the same directory; gone when this is destroyed, unless it was renamed.
class Draft {
  public:
    Draft(const fs::path& target, std::string_view bytes) {
        make_directories(directory_of(target));
        // An own prefix: whoever lists the directory can leave out what a killed program left behind.
        const std::string random = std::to_string(std::random_device{}()) + std::to_string(std::random_device{}());
        const std::string name = target.filename().string() + std::to_string(::getpid()) + random;
        m_path = directory_of(target) / (".draft-" + short_hash(name, 16));
        const Descriptor file = open_or_fail(m_path, O_WRONLY | O_CREAT | O_EXCL, "write");
        try {
            write(file.number(), bytes, target);
        } catch (...) {
            ::unlink(m_path.c_str());
            throw;
        }
    }
    ~Draft() { ::unlink(m_path.c_str()); }
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    const char* name() const { return m_path.c_str(); }

  private:
    static void write(int file, std::string_view bytes, const fs::path& target) {
        while (!bytes.empty()) {
            const ssize_t written = ::write(file, bytes.data(), bytes.size());
            if (written < 0 && errno == EINTR) continue;
            if (written < 0) fail("write", target);
            bytes.remove_prefix(static_cast<std::size_t>(written));
        }
        if (::fsync(file) != 0) fail("flush", target);
    }

    fs::path m_path;
};

/// False if `target` exists.
bool link_once(const char* draft, const fs::path& target) {
    if (::link(draft, target.c_str()) == 0) return true;
    const int error_number = errno;
    if (error_number == EPERM || error_number == EOPNOTSUPP || error_number == ENOSYS) {
        // A file system without hard links.
        if (::renameat2(AT_FDCWD, draft, AT_FDCWD, target.c_str(), RENAME_NOREPLACE) == 0) return true;
        if (errno == EEXIST) return false;
        fail("create", target);
    }
    if (error_number != EEXIST) fail("create", target, error_number);
    // Over NFS an answer that got lost makes the repeated request fail: two links say that the first one succeeded.
    struct stat status {};
    return ::stat(draft, &status) == 0 && status.st_nlink == 2;
}

}  // namespace

FileError::FileError(const std::string& what, int error_number)
    : std::runtime_error(what + ": " + std::system_category().message(error_number)), m_error_number(error_number) {}

bool FileError::disk_full() const {
    return m_error_number == ENOSPC || m_error_number == EDQUOT;
}

std::string read_file(const fs::path& path) {
    const Descriptor file = open_or_fail(path, O_RDONLY, "read");
    constexpr std::size_t step = 65536;
    std::string bytes;
    for (;;) {
        const std::size_t size = bytes.size();
        bytes.resize(size + step);
        const ssize_t got = ::read(file.number(), bytes.data() + size, step);
        bytes.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
        if (got == 0) return bytes;
        if (got < 0 && errno != EINTR) fail("read", path);
    }
}

void replace_file(const fs::path& path, std::string_view bytes) {
    const Draft draft(path, bytes);
    if (::rename(draft.name(), path.c_str()) != 0) fail("write", path);
    flush(directory_of(path), O_DIRECTORY);
}

bool create_file(const fs::path& path, std::string_view bytes) {
    const Draft draft(path, bytes);
    if (!link_once(draft.name(), path)) return false;
    flush(directory_of(path), O_DIRECTORY);
    return true;
}

void flush_tree(const fs::path& directory) {
    std::error_code error;
    fs::recursive_directory_iterator entries(directory, error);
    for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
        const auto status = entries->symlink_status();
        if (fs::is_directory(status)) flush(entries->path(), O_DIRECTORY);
        if (fs::is_regular_file(status)) flush(entries->path(), 0);
    }
    if (error) fail("read directory", directory, error.value());
    flush(directory, O_DIRECTORY);
}

}  // namespace lastgood
