#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// One line of somebody else's text, without what a terminal or a CI runner would obey: escape sequences and control
/// characters (tab excepted) are removed, "##[", "##vso[" and a leading "::" are broken up by a blank.
std::string harmless_line(std::string_view line);
/// Each of its lines.
std::string harmless_lines(std::string_view text);

/// One line of JSON: what a runner would obey wherever it stands in a line ("##[", "##vso[") is written with an escape,
/// which leaves every value as it is.
std::string harmless_json(std::string_view line);

}  // namespace lastgood
