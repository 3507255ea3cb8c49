#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// One line of somebody else's text, without what a terminal or a CI runner would obey: escape sequences and control
/// characters (tab excepted) are removed, "##[", "##vso[" and a leading "::" are broken up by a blank.
std::string harmless_line(std::string_view line);
/// Each of its lines.
std::string harmless_lines(std::string_view text);

}  // namespace lastgood
