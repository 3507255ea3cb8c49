#pragma once

#include "git/remote_connection.hpp"

#include <filesystem>

namespace lastgood {

class Processes;

/// Pushes to a directory of this machine with the git program. libgit2 writes into such a remote by itself: it runs
/// none of its hooks, reads none of its receive.* settings, and so pushes past every protection that the remote's owner
/// put up (tried on 1.5: a pre-receive hook that exits 1 was not even started). `git push` starts git receive-pack
/// there, which honours them all, and takes the lease under the ref's own lock.
PushReply push_to_directory(Processes& processes, const std::filesystem::path& bare, const RemoteAddress& address,
                            const Delivery& delivery);

}  // namespace lastgood
