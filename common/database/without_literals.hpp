#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace lastgood {

/// A statement of somebody else, to be shown: each string and number is a '?', comments are gone, blanks are single,
/// and it is cut to `longest` octets. Text that does not end (the server cuts what it shows) is a '?' to its end.
std::string without_literals(std::string_view sql, std::size_t longest = 200);

}  // namespace lastgood
