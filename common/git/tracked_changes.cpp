#include "git/repository_state.hpp"

namespace lastgood {

namespace {

std::string path_of(const git_status_entry& entry) {
    const git_diff_delta* delta = entry.index_to_workdir != nullptr ? entry.index_to_workdir : entry.head_to_index;
    return delta->old_file.path;
}

}  // namespace

std::vector<std::string> Repository::tracked_changes(int limit) const {
    // Without GIT_STATUS_OPT_INCLUDE_UNTRACKED and _IGNORED only what git tracks is listed. A submodule counts as
    // changed for reasons that are its own (not initialised in CI); export_tree refuses them by name.
    git_status_options options = GIT_STATUS_OPTIONS_INIT;
    options.show = GIT_STATUS_SHOW_INDEX_AND_WORKDIR;
    options.flags = GIT_STATUS_OPT_EXCLUDE_SUBMODULES;

    StatusHandle status;
    require(git_status_list_new(status.receive(), m_state->handle.get(), &options),
            "cannot read the state of the work tree", "git status");
    std::vector<std::string> changes;
    const std::size_t count = git_status_list_entrycount(status.get());
    for (std::size_t i = 0; i < count && changes.size() < static_cast<std::size_t>(limit); ++i)
        changes.push_back(path_of(*git_status_byindex(status.get(), i)));
    return changes;
}

}  // namespace lastgood
