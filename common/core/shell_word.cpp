#include "core/shell_word.hpp"

#include <algorithm>
#include <cctype>

namespace lastgood {

namespace {

/// Bytes beyond ASCII mean nothing to a shell.
bool means_itself(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x80 || std::isalnum(byte) != 0 || std::string_view("._/:,@%+-=").find(c) != std::string_view::npos;
}

}  // namespace

std::string shell_word(std::string_view text) {
    if (!text.empty() && std::all_of(text.begin(), text.end(), means_itself)) return std::string(text);
    std::string word = "'";
    for (const char c : text) c == '\'' ? word += R"('\'')" : word += c;
    return word + "'";
}

}  // namespace lastgood
