#pragma once

#include "database/beside.hpp"

#include <optional>
#include <string>

namespace lastgood {

/// A mark as the JSON of a database comment: ASCII only, because comments are shared by databases of any encoding.
std::string mark_text(const DatabaseMark& mark);
/// None if the comment is no mark of a format that this program knows.
std::optional<DatabaseMark> parse_mark(const std::string& comment);

}  // namespace lastgood
