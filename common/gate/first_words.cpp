#include "gate/first_words.hpp"

#include <algorithm>
#include <cctype>

namespace lastgood {

namespace {

bool is_in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t end_of_comment(std::string_view text) {
    int depth = 0;
    std::size_t at = 0;
    do {
        const auto two = text.substr(at, 2);
        if (two.size() < 2) return text.size();
        depth += two == "/*" ? 1 : two == "*/" ? -1 : 0;
        at += two == "/*" || two == "*/" ? 2 : 1;
    } while (depth > 0);
    return at;
}

}  // namespace

std::string_view after_comments(std::string_view text) {
    for (;;) {
        const auto* const begin =
            std::find_if_not(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; });
        text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
        if (text.starts_with("--")) {
            text.remove_prefix(std::min(text.find_first_of("\r\n"), text.size()));
        } else if (text.starts_with("/*")) {
            text.remove_prefix(end_of_comment(text));
        } else {
            return text;
        }
    }
}

std::string first_words(std::string_view statement, int most) {
    std::string words;
    for (int count = 0; count < most; ++count) {
        statement = after_comments(statement);
        const auto* const end = std::find_if_not(statement.begin(), statement.end(), is_in_word);
        const auto word = statement.substr(0, static_cast<std::size_t>(end - statement.begin()));
        if (word.empty()) break;
        if (!words.empty()) words += ' ';
        for (const char c : word) words += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
        statement.remove_prefix(word.size());
    }
    return words;
}

}  // namespace lastgood
