#include "database/server_options.hpp"

#include "database/connection_url.hpp"

#include <algorithm>
#include <cctype>
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

struct Option {
    std::string text;     ///< escaped again
    std::string setting;  ///< its name, "" if it is a switch of another kind
    std::string value;
};

std::string value_of(const std::string& assignment) {
    const auto equals = assignment.find('=');
    return equals == std::string::npos ? "" : assignment.substr(equals + 1);
}

std::vector<Option> parse_options(const std::string& options) {
    const std::vector<std::string> words = split_options(options);
    std::vector<Option> parsed;
    for (std::size_t i = 0; i < words.size(); ++i) {
        Option option{escape_word(words[i]), "", ""};
        std::string assignment;
        if (words[i] == "-c" && i + 1 < words.size()) {
            assignment = words[++i];
            option.text.append(" ").append(escape_word(words[i]));
        } else if (words[i].starts_with("-c") || words[i].starts_with("--")) {
            assignment = words[i].substr(2);
        }
        option.setting = setting_name(assignment);
        option.value = value_of(assignment);
        parsed.push_back(std::move(option));
    }
    return parsed;
}

}  // namespace

std::string options_text(const std::vector<std::pair<std::string, std::string>>& settings) {
    std::string text;
    for (const auto& [name, value] : settings) {
        text.append(text.empty() ? "-c " : " -c ").append(escape_word(std::string(name).append("=").append(value)));
    }
    return text;
}

std::string merge_options(const std::string& weaker, const std::string& stronger) {
    const std::vector<Option> winners = parse_options(stronger);
    std::string merged;
    for (const Option& option : parse_options(weaker)) {
        const bool overruled = std::any_of(winners.begin(), winners.end(), [&](const Option& winner) {
            return !option.setting.empty() && option.setting == winner.setting;
        });
        if (!overruled) merged.append(option.text).append(" ");
    }
    for (const Option& winner : winners) merged.append(winner.text).append(" ");
    if (!merged.empty()) merged.pop_back();
    return merged;
}

std::vector<std::pair<std::string, std::string>> settings_of(const std::string& options) {
    std::vector<std::pair<std::string, std::string>> settings;
    for (const Option& option : parse_options(options))
        if (!option.setting.empty()) settings.emplace_back(option.setting, option.value);
    return settings;
}

std::string merge_setting(const std::string& options, const std::string& name, const std::string& value) {
    return merge_options(options, options_text({{name, value}}));
}

}  // namespace lastgood
