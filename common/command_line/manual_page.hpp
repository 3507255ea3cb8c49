#pragma once

#include "command_line/table.hpp"

#include <string>

namespace lastgood {

/// The manual page of a program, in roff for man(7), section 1. `manual` is its help.md: what stands there indented
/// keeps its lines.
std::string manual_page(const CommandRow& row, const std::string& manual);

}  // namespace lastgood
