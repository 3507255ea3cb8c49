#pragma once

namespace lastgood::test {

/// TCP on 127.0.0.1; std::runtime_error where the system refuses. Whoever asks closes what it gets.

/// A socket that listens on a port of its own.
int loopback_listener();
int port_of(int listener);
/// A connection, or -1 where nobody listens.
int loopback_connection(int port);
/// A port that nobody listens on now; another may take it before it is used, so starting is tried again.
int free_loopback_port();

}  // namespace lastgood::test
