#include "pipeline/complaint.hpp"

#include "pipeline/literal_password.hpp"

namespace lastgood {
namespace {

constexpr std::size_t k_longest_word = 60;

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::string cut(std::string_view text) {
    if (text.size() <= k_longest_word) return std::string(text);
    std::size_t end = k_longest_word;
    while (end > 0 && continues_character(text[end])) --end;
    return std::string(text.substr(0, end)) + "...";
}

/// The YAML reader's own words, too, can hold what stands in the file.
std::string on_one_line(std::string text) {
    for (char& byte : text) {
        if (static_cast<unsigned char>(byte) < 0x20 || byte == 0x7F) byte = '?';
    }
    return text;
}

}  // namespace

Failure complaint(const Place& place, const std::string& what, const std::string& next) {
    return Failure(ExitCode::usage, on_one_line(place.text() + ": " + what), "nothing", next);
}

std::string in_quotes(std::string_view written) {
    if (holds_literal_password(written)) return "\"***\"";
    return '"' + on_one_line(cut(written)) + '"';
}

}  // namespace lastgood
