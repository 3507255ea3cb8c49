#include "database/server_options.hpp"

#include "database/connection_url.hpp"

#include <cctype>
#include <optional>
#include <utility>
#include <vector>

namespace lastgood {
namespace {

/// As the server splits them: blanks separate, a backslash keeps the next character.
std::vector<std::string> split_options(const std::string& options) {
    std::vector<std::string> words;
    bool inside = false;
    for (std::size_t i = 0; i < options.size(); ++i) {
        const bool blank = std::isspace(static_cast<unsigned char>(options[i])) != 0;
        if (blank) {
            inside = false;
            continue;
        }
        if (!inside) words.emplace_back();
        inside = true;
        if (options[i] == '\\' && i + 1 < options.size()) ++i;
        words.back() += options[i];
    }
    return words;
}

std::string escape_word(const std::string& word) {
    std::string escaped;
    for (const char c : word) {
        if (c == '\\' || std::isspace(static_cast<unsigned char>(c)) != 0) escaped += '\\';
        escaped += c;
    }
    return escaped;
}

/// "Lock-Timeout" and "lock_timeout" are one setting.
std::string setting_name(const std::string& assignment) {
    std::string name;
    for (const char c : assignment.substr(0, assignment.find('='))) {
        name += c == '-' ? '_' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    return name;
}

}  // namespace

std::string options_text(const std::vector<std::pair<std::string, std::string>>& settings) {
    std::string text;
    for (const auto& [name, value] : settings) {
        text.append(text.empty() ? "-c " : " -c ").append(escape_word(std::string(name).append("=").append(value)));
    }
    return text;
}

std::string merge_setting(const std::string& options, const std::string& name, const std::string& value) {
    const std::vector<std::string> words = split_options(options);
    std::string merged;
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::string kept = escape_word(words[i]);
        std::optional<std::string> assignment;
        if (words[i] == "-c" && i + 1 < words.size()) {
            assignment = words[++i];
            kept.append(" ").append(escape_word(words[i]));
        } else if (words[i].starts_with("-c") || words[i].starts_with("--")) {
            assignment = words[i].substr(2);
        }
        if (assignment && setting_name(*assignment) == setting_name(name)) continue;
        merged.append(kept).append(" ");
    }
    return merged + options_text({{name, value}});
}

}  // namespace lastgood
