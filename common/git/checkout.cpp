// What a checkout is made of and where it comes from.
#include "git/repository_state.hpp"

#include <algorithm>

namespace lastgood {

namespace {

using IndexHandle = Handle<git_index, git_index_free>;

}  // namespace

std::vector<std::string> Repository::tracked_files() const {
    IndexHandle index;
    require(git_repository_index(index.receive(), m_state->handle.get()), "cannot read the index", "git status");
    std::vector<std::string> files;
    const std::size_t count = git_index_entrycount(index.get());
    files.reserve(count);
    for (std::size_t i = 0; i < count; ++i) files.emplace_back(git_index_get_byindex(index.get(), i)->path);
    // A file in a merge conflict stands there once for each side.
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
}

std::vector<std::string> Repository::remotes() const {
    git_strarray names{};
    require(git_remote_list(&names, m_state->handle.get()), "cannot read the remotes", "git remote -v");
    std::vector<std::string> remotes(names.strings, names.strings + names.count);
    git_strarray_dispose(&names);
    return remotes;
}

std::optional<std::string> Repository::default_branch(const std::string& remote) const {
    const std::string prefix = "refs/remotes/" + remote + "/";
    ReferenceHandle head;
    if (git_reference_lookup(head.receive(), m_state->handle.get(), (prefix + "HEAD").c_str()) < 0) return std::nullopt;
    const char* target = git_reference_symbolic_target(head.get());
    if (target == nullptr || !std::string_view(target).starts_with(prefix)) return std::nullopt;
    return std::string(target).substr(prefix.size());
}

}  // namespace lastgood
