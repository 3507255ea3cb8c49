#pragma once

#include "outside/descriptor.hpp"

#include <cstdint>
#include <functional>

namespace lastgood {

/// A child that reaches nothing but one TCP port of its own loopback, and its descendants with it: it gets a network
/// namespace of its own, and a filter that forbids sockets of other kinds (Unix, vsock, packet) and the ways back
/// (setns, ptrace, io_uring, the descriptors and memory of other processes). It may still listen on its loopback and
/// talk to itself. As root it also loses the capabilities that lead around this; set-user-id programs (sudo) give it
/// nothing.
///
/// This keeps programs from reaching anything by the network or by a Unix socket. It is no jail: files are not
/// isolated, so what it writes there (a crontab, a FIFO somebody reads, a database of the SQLite kind) is as real as
/// ever, and it may signal other processes of its user. x86_64 and aarch64; a 32-bit program is killed (SIGSYS).
struct Isolation {
    std::uint16_t port = 0;  ///< of the child's 127.0.0.1; any, as it has the whole loopback for itself
    /// Gets the socket that listens there, before any output of the child. Connections that we accept from it come from
    /// the child. If it throws, the child is killed.
    std::function<void(Descriptor listener)> take_listener;
};

}  // namespace lastgood
