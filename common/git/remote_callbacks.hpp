#pragma once

#include "core/secret.hpp"
#include "git/libgit.hpp"

#include <optional>
#include <string>

namespace lastgood {

/// What libgit2 asks and tells us while it talks to a remote. Lives as long as the conversation.
class RemoteCallbacks {
  public:
    explicit RemoteCallbacks(const Secret& token) : m_token(token) {}
    RemoteCallbacks(const RemoteCallbacks&) = delete;
    RemoteCallbacks& operator=(const RemoteCallbacks&) = delete;

    git_remote_callbacks table();
    /// Ends a push before anything is sent, unless the remote's ref still names this commit.
    void expect(const std::optional<std::string>& commit) { m_expected = commit; }

    /// The remote's "no" to the push, "" if there was none.
    const std::string& declined() const { return m_declined; }
    /// What the remote's side printed: the words of its hooks.
    const std::string& remarks() const { return m_remarks; }

  private:
    static int give_credential(git_credential** out, const char* url, const char* user, unsigned int allowed,
                               void* self);
    static int take_remark(const char* text, int length, void* self);
    static int take_status(const char* ref, const char* status, void* self);
    static int check_lease(const git_push_update** updates, size_t count, void* self);

    const Secret& m_token;
    bool m_gave_credential = false;
    std::optional<std::string> m_expected;
    std::string m_declined;
    std::string m_remarks;
};

}  // namespace lastgood
