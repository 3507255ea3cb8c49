#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastgood {

/// A statement as it may be shown to people who must not see other people's data: every literal (quoted, dollar-quoted,
/// numbers) becomes ?, comments go, blanks are one blank each, and what is longer than `limit` bytes is cut off. Text
/// that does not end where it should (pg_stat_activity cuts queries) is left out from there on.
std::string shown_statement(std::string_view statement, std::size_t limit = 120);

}  // namespace lastgood
