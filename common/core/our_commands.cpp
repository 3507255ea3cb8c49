#include "core/our_commands.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lastgood {

namespace {

constexpr std::string_view k_program = "lastgood ";
constexpr std::array<std::string_view, 11> k_commands{"run",     "check", "status", "history",        "report",
                                                      "backups", "adopt", "verify", "backup-capture", "migrate",
                                                      "rollback"};
constexpr std::array<std::string_view, 6> k_backups_commands{"list", "show", "verify", "prove", "download", "prune"};

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '/' || c == '.';
}

template <std::size_t count>
bool is_one_of(std::string_view word, const std::array<std::string_view, count>& words) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

std::string_view word_at(std::string_view text) {
    const auto end = std::find_if(text.begin(), text.end(),
                                  [](char c) { return c != '-' && std::islower(static_cast<unsigned char>(c)) == 0; });
    return text.substr(0, static_cast<std::size_t>(end - text.begin()));
}

/// The length of the command that `text` begins with ("lastgood backups list"), 0 if it begins with none.
std::size_t length_of_command(std::string_view text) {
    if (!text.starts_with(k_program)) return 0;
    const std::string_view command = word_at(text.substr(k_program.size()));
    if (!is_one_of(command, k_commands)) return 0;
    const std::size_t length = k_program.size() + command.size();
    if (command != "backups" || !text.substr(length).starts_with(' ')) return length;
    const std::string_view more = word_at(text.substr(length + 1));
    return is_one_of(more, k_backups_commands) ? length + 1 + more.size() : length;
}

}  // namespace

std::string with_words(std::string_view text, std::string_view words) {
    const std::string more = " " + std::string(words);
    const std::string first = more.substr(0, more.find(' ', 1)) + " ";
    std::string result;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = at > 0 && in_word(text[at - 1]) ? 0 : length_of_command(text.substr(at));
        result += text.substr(at, std::max<std::size_t>(length, 1));
        at += std::max<std::size_t>(length, 1);
        if (length > 0 && !text.substr(at).starts_with(first)) result += more;
    }
    return result;
}

}  // namespace lastgood
