#pragma once

#include "command_line/arguments.hpp"
#include "step/world.hpp"

#include <functional>

namespace lastgood {

/// Runs one program: parses argv, opens the doors, calls `body`, hands on what became of the run, and is the one place
/// where what was thrown becomes a message and an exit status.
int run_program(int argc, char** argv, const ProgramText& text,
                const std::function<int(World&, const Arguments&)>& body);

}  // namespace lastgood
