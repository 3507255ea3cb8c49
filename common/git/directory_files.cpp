#include "git/repository_state.hpp"

namespace lastgood {

namespace {

constexpr std::string_view k_lfs_header = "version https://git-lfs.github.com/spec/v1";

std::string_view view(const BlobHandle& blob) {
    return {static_cast<const char*>(git_blob_rawcontent(blob.get())),
            static_cast<std::size_t>(git_blob_rawsize(blob.get()))};
}

bool is_file(const git_tree_entry* entry) {
    const auto mode = git_tree_entry_filemode(entry);
    return mode == GIT_FILEMODE_BLOB || mode == GIT_FILEMODE_BLOB_EXECUTABLE;
}

/// "." and "db/./migrations/" as git calls them: "" and "db/migrations".
std::string in_tree(const std::string& directory) {
    const std::string path = std::filesystem::path(directory).lexically_normal().generic_string();
    if (path == "." || path == "./") return "";
    return path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

}  // namespace

std::optional<std::map<std::string, std::string>> Repository::directory_files(const Revision& revision,
                                                                              const std::string& directory,
                                                                              const std::string& ending) const {
    git_repository* const repository = m_state->handle.get();
    git_oid id = id_of(revision.tree);
    TreeHandle tree;
    if (git_tree_lookup(tree.receive(), repository, &id) != 0) return std::nullopt;
    if (const std::string path = in_tree(directory); !path.empty()) {
        TreeEntryHandle entry;
        if (git_tree_entry_bypath(entry.receive(), tree.get(), path.c_str()) != 0) return std::nullopt;
        if (git_tree_entry_filemode(entry.get()) != GIT_FILEMODE_TREE) return std::nullopt;
        id = *git_tree_entry_id(entry.get());
        if (git_tree_lookup(tree.receive(), repository, &id) != 0) return std::nullopt;
    }
    std::map<std::string, std::string> files;
    for (std::size_t i = 0; i < git_tree_entrycount(tree.get()); ++i) {
        const git_tree_entry* const entry = git_tree_entry_byindex(tree.get(), i);
        const std::string name = git_tree_entry_name(entry);
        if (!name.ends_with(ending) || git_tree_entry_filemode(entry) == GIT_FILEMODE_TREE) continue;
        if (!is_file(entry)) return std::nullopt;
        BlobHandle blob;
        if (git_blob_lookup(blob.receive(), repository, git_tree_entry_id(entry)) != 0) return std::nullopt;
        const std::string_view bytes = view(blob);
        if (bytes.starts_with(k_lfs_header) || !files.emplace(name, bytes).second) return std::nullopt;
    }
    return files;
}

}  // namespace lastgood
