#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// `text` as one word of a POSIX shell, in single quotes where it needs them.
std::string shell_word(std::string_view text);

}  // namespace lastgood
