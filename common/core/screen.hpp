#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace lastgood {

/// `lines` broken between words at `columns`, what is broken off indented below; and where they are more than `rows`,
/// those in the middle left out, with a word of how many. The last line is kept whole: it is typed as it stands.
std::vector<std::string> one_screen(const std::vector<std::string>& lines, std::size_t columns, std::size_t rows);

}  // namespace lastgood
