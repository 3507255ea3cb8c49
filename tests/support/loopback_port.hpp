#pragma once

namespace lastgood::test {

/// A port of 127.0.0.1 that nobody listens on now; another may take it before it is used, so starting is tried again.
int loopback_port();

}  // namespace lastgood::test
