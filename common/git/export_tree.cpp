#include "git/repository_state.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace lastgood {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_lfs_header = "version https://git-lfs.github.com/spec/v1";
constexpr std::size_t k_lfs_pointer_limit = 1024;  // the specification's own limit

Failure refusal(const std::string& what, const std::string& next) {
    return {ExitCode::refused, what, "nothing", next};
}

/// Writes one tree. Content is written as git keeps it: no line-end conversion, no filters, so that what runs is what
/// was committed whatever the configuration of this machine.
class TreeExport {
  public:
    TreeExport(git_repository* repository, std::string missing_next)
        : m_repository(repository), m_missing_next(std::move(missing_next)) {}

    void write(const git_oid& id, const fs::path& target, const fs::path& inside) const {
        TreeHandle tree;
        require(git_tree_lookup(tree.receive(), m_repository, &id), "cannot read the tree of the revision",
                m_missing_next);
        const std::size_t count = git_tree_entrycount(tree.get());
        for (std::size_t i = 0; i < count; ++i) write_entry(git_tree_entry_byindex(tree.get(), i), target, inside);
    }

  private:
    void write_entry(const git_tree_entry* entry, const fs::path& target, const fs::path& inside) const {
        const std::string name = git_tree_entry_name(entry);
        const fs::path path = inside / name;
        check_name(name, target / path, path);
        const git_oid& id = *git_tree_entry_id(entry);
        switch (git_tree_entry_filemode(entry)) {
            case GIT_FILEMODE_TREE:
                make_directory(target / path);
                return write(id, target, path);
            case GIT_FILEMODE_LINK:
                return write_link(id, target / path);
            case GIT_FILEMODE_BLOB:
                return write_file(id, target / path, path, 0644);
            case GIT_FILEMODE_BLOB_EXECUTABLE:
                return write_file(id, target / path, path, 0755);
            default:
                throw refusal("\"" + path.string() + "\" is a submodule; a work tree of the revision would lack it",
                              "keep its files in the repository, or take the submodule out of the revision");
        }
    }

    /// Trees made by hand can hold any name, and one name twice: nothing may be written outside of `target` or through
    /// a link that the tree itself has put there.
    static void check_name(const std::string& name, const fs::path& full, const fs::path& shown) {
        std::string lower = name;
        std::transform(lower.begin(), lower.end(), lower.begin(),
                       [](unsigned char letter) { return std::tolower(letter); });
        const bool bad = name.empty() || name == "." || name == ".." || lower == ".git" || name.find('/') != name.npos;
        if (bad || fs::exists(fs::symlink_status(full)))
            throw refusal("the tree holds a path that cannot be written: \"" + shown.string() + "\"",
                          "git fsck   and a revision without that path");
    }

    static void make_directory(const fs::path& path) {
        std::error_code error;
        if (!fs::create_directory(path, error) && error) throw cannot_write(path, error.message());
    }

    void write_link(const git_oid& id, const fs::path& path) const {
        const BlobHandle blob = content(id, path);
        std::error_code error;
        fs::create_symlink(std::string(view(blob)), path, error);
        if (error) throw cannot_write(path, error.message());
    }

    void write_file(const git_oid& id, const fs::path& path, const fs::path& shown, mode_t mode) const {
        const BlobHandle blob = content(id, path);
        std::string_view bytes = view(blob);
        if (bytes.size() < k_lfs_pointer_limit && bytes.starts_with(k_lfs_header))
            throw refusal(
                "\"" + shown.string() + "\" is kept in Git LFS; a work tree of the revision would hold a pointer",
                "keep what the migration needs out of Git LFS");
        const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
        if (file < 0) throw cannot_write(path, std::strerror(errno));
        int error = 0;
        while (!bytes.empty() && error == 0) {
            const ssize_t written = ::write(file, bytes.data(), bytes.size());
            if (written >= 0)
                bytes.remove_prefix(static_cast<std::size_t>(written));
            else if (errno != EINTR)
                error = errno;
        }
        if (::close(file) != 0 && error == 0) error = errno;
        if (error != 0) throw cannot_write(path, std::strerror(error));
    }

    BlobHandle content(const git_oid& id, const fs::path& path) const {
        BlobHandle blob;
        require(git_blob_lookup(blob.receive(), m_repository, &id), "cannot read the content of " + path.string(),
                m_missing_next);
        return blob;
    }

    static std::string_view view(const BlobHandle& blob) {
        return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
                static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
    }

    static Failure cannot_write(const fs::path& path, const std::string& reason) {
        return refusal("cannot write " + path.string() + ": " + one_line(reason),
                       "df -h " + path.parent_path().string());
    }

    git_repository* m_repository;
    std::string m_missing_next;
};

}  // namespace

void Repository::export_tree(const Revision& revision, const std::filesystem::path& target) const {
    const auto next = m_state->say_how_to_get("git fsck   tells what this clone lacks; clone again");
    TreeExport(m_state->handle.get(), next).write(id_of(revision.tree), target, {});
}

}  // namespace lastgood
