#pragma once

#include <string>

namespace lastgood {

// What the CI hosts' files say of the options, out of the table. Each stands between two marks in a file of theirs, and
// tests/unit/command_line holds the one against the other.

/// The inputs `step` and `args` of action.yml.
std::string action_inputs();
/// A Markdown table of the steps and their options.
std::string options_of_steps();

}  // namespace lastgood
