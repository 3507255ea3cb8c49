#pragma once

#include "core/facts.hpp"
#include "core/secret.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace lastgood {

class Processes;
class Repository;

/// What came of a push.
struct PushOutcome {
    bool done = false;
    std::string refusal;  ///< why not: the hook's or the server's words, "the branch moved to <id>", ...
};

/// One branch of a remote, worked on in a full bare copy of our own (a shallow or detached checkout cannot be pushed
/// from). Transport: file paths and file:// , http(s):// (token as password), ssh:// (the agent). Into a directory of
/// this machine the git program pushes (`processes`), since libgit2 would go past the hooks there. A push counts as
/// done only when push_update_reference reported no refusal AND the remote's ref, read again, is what was pushed:
/// git_remote_push alone returns 0 when a hook declined.
class RemoteBranch {
  public:
    /// Fetches `branch` of `remote` (as the repository names it) into `scratch`. Failure (3): no such remote,
    /// unreachable, no such branch, no permission. `repository` and `processes` must outlive it.
    RemoteBranch(const Repository& repository, const std::string& remote, const std::string& branch,
                 const Secret& token, const std::filesystem::path& scratch, Processes& processes);
    ~RemoteBranch();

    /// The remote's head as fetched, as read again by refresh(), or as pushed by push_revert() or push_reset().
    Revision head() const;
    void refresh();
    /// Whether `commit` is in the branch's history.
    bool contains(const std::string& commit) const;
    /// Resolves an id within the fetched history. None if it is not there.
    std::optional<Revision> find(const std::string& commit) const;
    /// The message of a commit of the fetched history.
    std::string message_of(const std::string& commit) const;

    /// The pushes throw Failure (3) if the commit is not in the fetched history. What the remote refuses, or a remote
    /// that has gone away, is an outcome. A new commit on head() with exactly the tree of `good`, pushed without force.
    PushOutcome push_revert(const Revision& good, const std::string& message);
    /// The branch set to `good`, forced, but only if the remote still is at head() when it is pushed.
    PushOutcome push_reset(const Revision& good);
    /// `ref` (refs/lastgood/production) set to `commit`, forced.
    PushOutcome push_ref(const std::string& ref, const std::string& commit);
    /// The same into another repository, at `url`: that of a platform, which builds what it is sent.
    PushOutcome push_elsewhere(const std::string& url, const Secret& key, const std::string& ref,
                               const std::string& commit);

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Reads one ref of a remote without fetching anything: full id, or none if the remote has no such ref. Failure (3) as
/// above.
std::optional<std::string> read_remote_ref(const Repository& repository, const std::string& remote,
                                           const std::string& ref, const Secret& token);

}  // namespace lastgood
