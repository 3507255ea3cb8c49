#pragma once

#include "core/facts.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// A git repository on disk, as the user's checkout gives it (possibly shallow, possibly detached). libgit2 is known in
/// this folder only. Reading never changes the repository. Errors are Failure with exit code 3 unless said otherwise.
class Repository {
  public:
    /// The repository that contains `directory`. Failure (3) if there is none or it has no work tree or no commit.
    static Repository open(const std::filesystem::path& directory);
    Repository(Repository&&) noexcept;
    ~Repository();

    std::filesystem::path work_tree() const;
    /// "HEAD", a branch, a tag, a full or short id -> commit and tree. Failure (3) if unknown or ambiguous.
    Revision resolve(const std::string& spec) const;
    /// Tracked files that differ from HEAD (index or work tree), at most `limit`; untracked and ignored ones do not
    /// count.
    std::vector<std::string> tracked_changes(int limit = 10) const;
    bool is_shallow() const;
    /// The checked-out branch ("main"), none when HEAD is detached.
    std::optional<std::string> current_branch() const;
    /// URL of a remote, without credentials in it; none if there is no such remote.
    std::optional<std::string> remote_url(const std::string& remote) const;
    /// Their names.
    std::vector<std::string> remotes() const;
    /// The branch that the remote said is its own when it was cloned; none where that is not known.
    std::optional<std::string> default_branch(const std::string& remote) const;
    /// Paths of the index, with '/' between their parts.
    std::vector<std::string> tracked_files() const;
    /// `url` as it may be shown: without password, and without user where that can be a token (http, https).
    static std::string printable_url(const std::string& url);

    /// Writes the tree of `revision` into the empty directory `target`: files, modes, symbolic links; nothing else.
    /// Failure (3) if the tree has submodules or files kept in Git LFS (the message names the first).
    void export_tree(const Revision& revision, const std::filesystem::path& target) const;

    /// The files right in `directory` of the revision whose names end with `ending`, by name, with what they hold;
    /// nothing is written for it. None where only a work tree shows what is there, or why it cannot be had: no such
    /// directory, a link or Git LFS in it, an object that this clone lacks.
    std::optional<std::map<std::string, std::string>> directory_files(const Revision& revision,
                                                                      const std::string& directory,
                                                                      const std::string& ending) const;

  private:
    struct State;
    explicit Repository(std::unique_ptr<State> state);
    std::unique_ptr<State> m_state;
};

}  // namespace lastgood
