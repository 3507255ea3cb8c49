#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastgood {

/// Of somebody else's text, in messages and records.
constexpr std::size_t k_longest_kept_line = 8UL << 10U;

/// `line` if it has at most `most` octets; else so many of it, never a part of a UTF-8 character, and " [...]".
std::string cut_line(std::string_view line, std::size_t most = k_longest_kept_line);
/// Each of its lines.
std::string cut_lines(std::string_view text, std::size_t most = k_longest_kept_line);

}  // namespace lastgood
