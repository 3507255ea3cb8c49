#include "check/xml_text.hpp"

#include <array>
#include <cstdint>

namespace lastgood {

namespace {

constexpr const char* k_replacement = "\xEF\xBF\xBD";

/// A character and how many bytes it takes; `length` 0: the bytes are not UTF-8.
struct Character {
    std::uint32_t code = 0;
    std::size_t length = 0;
};

Character decode(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[i])); };
    const std::uint32_t first = byte(0);
    if (first < 0x80) return {first, 1};
    const std::size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || text.size() < length) return {};
    std::uint32_t code = first & (0x7FU >> length);
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0U) != 0x80U) return {};
        code = code << 6U | (byte(i) & 0x3FU);
    }
    constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
    return code < smallest[length] ? Character{} : Character{code, length};
}

/// https://www.w3.org/TR/xml/#charsets
bool is_allowed(std::uint32_t code) {
    return code == '\t' || code == '\n' || code == '\r' || (code >= 0x20 && code <= 0xD7FF) ||
           (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

/// "": it stands for itself.
std::string escaped(std::uint32_t code, bool in_attribute) {
    switch (code) {
        case '&':
            return "&amp;";
        case '<':
            return "&lt;";
        case '>':
            return "&gt;";
        case '"':
            return "&quot;";
        case '\t':
        case '\n':
            return in_attribute ? "&#" + std::to_string(code) + ";" : "";
        case '\r':  // a reader would make it a line feed
            return "&#13;";
        default:
            return "";
    }
}

std::string cleaned(std::string_view text, bool in_attribute) {
    std::string result;
    while (!text.empty()) {
        const Character character = decode(text);
        const std::size_t length = character.length == 0 ? 1 : character.length;
        if (character.length == 0 || !is_allowed(character.code)) {
            result += k_replacement;
        } else if (const std::string entity = escaped(character.code, in_attribute); !entity.empty()) {
            result += entity;
        } else {
            result += text.substr(0, length);
        }
        text.remove_prefix(length);
    }
    return result;
}

}  // namespace

std::string xml_text(std::string_view text) {
    return cleaned(text, false);
}

std::string xml_attribute(std::string_view text) {
    return cleaned(text, true);
}

}  // namespace lastgood
