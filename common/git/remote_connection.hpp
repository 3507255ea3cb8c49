#pragma once

#include "core/secret.hpp"
#include "git/libgit.hpp"
#include "git/remote_address.hpp"

#include <optional>
#include <string>

namespace lastgood {

class RemoteCallbacks;

/// What a push came to, as far as the pusher can tell. The remote's ref, read again, has the last word.
struct PushReply {
    bool declined = false;  ///< the remote (or its hook) said no
    std::string words;      ///< why, or what went wrong; "" if nothing did
};

/// One commit on its way to one ref. The commit is where k_outgoing_ref of the bare copy points.
struct Delivery {
    std::string ref;                      ///< of the remote
    bool force = false;                   ///< also where it is no fast-forward
    std::optional<std::string> expected;  ///< only if the remote's ref is still this commit
};

inline constexpr const char* k_outgoing_ref = "refs/lastgood/outgoing";

/// A remote spoken to by libgit2, on behalf of `repository` (which takes and gives the objects).
class RemoteConnection {
  public:
    RemoteConnection(git_repository* repository, RemoteAddress address, Secret token);

    const RemoteAddress& address() const { return m_address; }
    /// The commit a ref of the remote names now. Failure (3) if the remote cannot be reached or does not let us in.
    std::optional<std::string> read(const std::string& ref) const;
    /// The same, and everything that commit needs is fetched.
    std::optional<std::string> fetch(const std::string& ref) const;
    /// Over http(s) and ssh. Not for local remotes, whose hooks libgit2 would bypass: local_push.hpp.
    PushReply push(const Delivery& delivery) const;

  private:
    RemoteHandle anonymous() const;
    RemoteHandle connect(RemoteCallbacks& callbacks) const;

    git_repository* m_repository;
    RemoteAddress m_address;
    Secret m_token;
};

}  // namespace lastgood
