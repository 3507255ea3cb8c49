#include "pipeline/literal_password.hpp"

#include <algorithm>
#include <cctype>
#include <string>

namespace lastgood {
namespace {

constexpr char k_reference = '\x01';  // stands for one ${...}

std::string with_marks(std::string_view written) {
    std::string text;
    for (std::size_t i = 0; i < written.size(); ++i) {
        if (written.substr(i, 2) == "$$") {
            text += '$';
            ++i;
        } else if (const std::size_t end = written.find('}', i); written.substr(i, 2) == "${" && end != written.npos) {
            text += k_reference;
            i = end;
        } else {
            text += written[i];
        }
    }
    return text;
}

bool is_literal(std::string_view value) {
    return std::any_of(value.begin(), value.end(), [](char c) { return c != k_reference && c != '\'' && c != '"'; });
}

bool authority_holds_password(std::string_view authority) {
    const std::size_t at = authority.rfind('@');
    if (at == authority.npos) return false;
    const std::size_t colon = authority.substr(0, at).find(':');
    return colon != authority.npos && is_literal(authority.substr(colon + 1, at - colon - 1));
}

bool url_holds_password(std::string_view text) {
    for (std::size_t begin = text.find("://"); begin != text.npos; begin = text.find("://", begin)) {
        begin += 3;
        const std::size_t end = text.find_first_of("/?# \t\r\n", begin);
        if (authority_holds_password(text.substr(begin, end == text.npos ? end : end - begin))) return true;
    }
    return false;
}

/// libpq decodes the names of a URL's parameters, so %70assword is one of them.
std::string decoded_lower(std::string_view text) {
    std::string decoded;
    for (std::size_t i = 0; i < text.size(); ++i) {
        char byte = text[i];
        if (byte == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
            std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0) {
            byte = static_cast<char>(std::stoi(std::string(text.substr(i + 1, 2)), nullptr, 16));
            i += 2;
        }
        decoded += static_cast<char>(std::tolower(static_cast<unsigned char>(byte)));
    }
    return decoded;
}

bool parameter_holds_password(std::string_view text) {
    constexpr std::string_view word = "password";
    constexpr std::string_view blanks = " \t\r\n";
    for (std::size_t found = text.find(word); found != text.npos; found = text.find(word, found + 1)) {
        const std::size_t sign = text.find_first_not_of(blanks, found + word.size());
        if (sign == text.npos || text[sign] != '=') continue;
        const std::size_t begin = text.find_first_not_of(blanks, sign + 1);
        if (begin == text.npos) continue;
        const std::size_t end = text.find_first_of("& \t\r\n", begin);
        if (is_literal(text.substr(begin, end == text.npos ? end : end - begin))) return true;
    }
    return false;
}

}  // namespace

bool holds_url_password(std::string_view written) {
    return url_holds_password(with_marks(written));
}

bool holds_literal_password(std::string_view written) {
    const std::string text = with_marks(written);
    return url_holds_password(text) || parameter_holds_password(decoded_lower(text));
}

}  // namespace lastgood
