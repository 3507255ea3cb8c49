#include "outside/harmless.hpp"

#include <algorithm>
#include <array>

namespace lastgood {

namespace {

constexpr char k_escape = '\x1b';
constexpr char k_bell = '\x07';
/// Commands that runners obey wherever they stand in a line.
constexpr std::array<std::string_view, 2> k_anywhere{"##[", "##vso["};

/// The length of the escape sequence at the beginning of `text`.
std::size_t escape_length(std::string_view text) {
    if (text.size() < 2) return text.size();
    if (text[1] == '[') {
        const auto last = std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= '@' && c <= '~'; });
        return static_cast<std::size_t>(last - text.begin()) + (last == text.end() ? 0 : 1);
    }
    if (text[1] == ']') {
        const auto last = text.find_first_of("\x07\x1b", 2);
        if (last == std::string_view::npos) return 2;
        return text[last] == k_bell ? last + 1 : std::min(last + 2, text.size());
    }
    return 1;
}

std::string without_controls(std::string_view line) {
    std::string result;
    result.reserve(line.size());
    for (std::size_t i = 0; i < line.size();) {
        const auto byte = static_cast<unsigned char>(line[i]);
        if (line[i] == k_escape) {
            i += escape_length(line.substr(i));
            continue;
        }
        // U+0080 to U+009F are controls too; U+009B is to a terminal what ESC [ is.
        if (byte == 0xc2 && i + 1 < line.size() && (static_cast<unsigned char>(line[i + 1]) & 0xe0U) == 0x80U) {
            i += 2;
            continue;
        }
        if ((byte >= 0x20 && byte != 0x7f) || line[i] == '\t') result += line[i];
        ++i;
    }
    return result;
}

}  // namespace

std::string harmless_json(std::string_view line) {
    std::string result(line);
    for (const std::string_view command : k_anywhere)
        for (auto at = result.find(command); at != std::string::npos; at = result.find(command, at))
            result.replace(at + 1, 1, "\\u0023");
    return result;
}

std::string harmless_line(std::string_view line) {
    std::string result = without_controls(line);
    for (const std::string_view command : k_anywhere) {
        for (auto at = result.find(command); at != std::string::npos; at = result.find(command, at)) {
            result.insert(at + 1, " ");
        }
    }
    // Runners trim a line of every blank that Unicode has before they look for "::".
    const auto text = std::find_if(result.begin(), result.end(), [](unsigned char c) { return c > ' ' && c < 0x7f; });
    if (result.end() - text >= 2 && text[0] == ':' && text[1] == ':') result.insert(text + 1, ' ');
    return result;
}

std::string harmless_lines(std::string_view text) {
    std::string result;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        result += harmless_line(text.substr(0, end));
        if (end < text.size()) result += '\n';
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

}  // namespace lastgood
