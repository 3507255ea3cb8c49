#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastgood {

/// A statement of somebody else, to be shown to people who must not see other people's data: each literal (strings,
/// numbers) is a '?', comments are gone, blanks are single, and what is longer than `limit` octets is cut off. Text
/// that does not end (pg_stat_activity cuts queries) is a '?' to its end.
std::string shown_statement(std::string_view statement, std::size_t limit = 120);

}  // namespace lastgood
