#pragma once

#include <string>

namespace lastgood {

// What a shell completes after the names of our programs, out of the table. Each is a whole script.

std::string bash_completion();
std::string zsh_completion();
std::string fish_completion();

}  // namespace lastgood
