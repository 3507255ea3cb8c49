#pragma once

#include "host/host.hpp"

namespace lastgood {

// The hosts that we know, for host.cpp alone. Each null if `environment` does not tell of it.

std::unique_ptr<Host> github_host(const Environment& environment);
std::unique_ptr<Host> gitlab_host(const Environment& environment);
std::unique_ptr<Host> terminal_host(const Environment& environment);

}  // namespace lastgood
