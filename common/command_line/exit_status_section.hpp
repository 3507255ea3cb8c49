#pragma once

#include <string>

namespace lastgood {

/// "EXIT STATUS" and a line for each, as --help and the manual pages end.
std::string exit_status_section();

}  // namespace lastgood
