#pragma once

#include "step/options.hpp"
#include "step/world.hpp"

#include <functional>

namespace lastgood {

/// Runs one program: parses argv, opens the doors, calls `body`, and is the one place where what was thrown becomes a
/// message and an exit status.
int run_program(int argc, char** argv, const ProgramText& text, const std::function<void(CLI::App&)>& add,
                const std::function<int(World&)>& body);

}  // namespace lastgood
