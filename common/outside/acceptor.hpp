#pragma once

#include "outside/bell.hpp"
#include "outside/descriptor.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <thread>

namespace lastgood {

/// A Unix socket that listens at `path`. Throws FileError (a path is at most 107 octets long).
Descriptor listen_at(const std::filesystem::path& path);

/// A TCP socket that listens on 127.0.0.1, on a port that was free.
struct LoopbackListener {
    Descriptor socket;
    std::uint16_t port = 0;
};
/// Throws std::system_error.
LoopbackListener listen_on_loopback_port();

/// Accepts what connects to a listening socket, in a thread of its own, until it is destroyed.
class Acceptor {
  public:
    /// `take` gets each connection, which does not block; it must be quick and must not throw.
    Acceptor(Descriptor listener, std::function<void(Descriptor)> take);
    ~Acceptor();
    Acceptor(const Acceptor&) = delete;
    Acceptor& operator=(const Acceptor&) = delete;

  private:
    void accept_until_told();

    Descriptor m_listener;
    std::function<void(Descriptor)> m_take;
    Bell m_enough;
    std::thread m_thread;
};

}  // namespace lastgood
