#include "steps/lastgood/yaml_lines.hpp"

#include "outside/harmless.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdio>
#include <string_view>

namespace lastgood {

namespace {

constexpr std::size_t k_reasons_at = 44;

/// Nobody reads it as a number, a truth value or a piece of syntax.
bool is_plain(const std::string& text) {
    constexpr std::array<std::string_view, 10> words{"true", "false", "null", "yes", "no", "on", "off", "y", "n", "~"};
    std::string lower = text;
    std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
    if (text.empty() || std::find(words.begin(), words.end(), lower) != words.end()) return false;
    const auto may_begin = [](unsigned char c) { return std::isalpha(c) != 0 || c == '_' || c == '/'; };
    const bool begins = may_begin(text[0]) || text == "." || text.starts_with("./") || text == "-r" ||
                        text.starts_with("--") ||
                        (text[0] == '.' && text != ".inf" && text != ".nan" && may_begin(text[1]));
    return begins && std::all_of(text.begin(), text.end(), [](unsigned char c) {
               return std::isalnum(c) != 0 ||
                      std::string_view("_./-=").find(static_cast<char>(c)) != std::string_view::npos;
           });
}

}  // namespace

void YamlLines::line(const std::string& yaml, const std::string& reason) {
    m_text += yaml;
    if (!reason.empty()) {
        m_text.append(yaml.size() + 1 < k_reasons_at ? k_reasons_at - yaml.size() : 1, ' ');
        // A file's name ends no comment.
        m_text += "# " + harmless_line(reason);
    }
    m_text += '\n';
}

std::string yaml_text(const std::string& text) {
    if (is_plain(text)) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '$')
            quoted += "$$";
        else if (c == '"' || c == '\\')
            quoted += std::string("\\") + c;
        else if (byte < 0x20 || byte == 0x7F) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\x%02x", byte);
            quoted += escape.data();
        } else
            quoted += c;
    }
    return quoted + "\"";
}

std::string yaml_list(const std::vector<std::string>& texts) {
    std::string list;
    for (const auto& text : texts) list += (list.empty() ? "" : ", ") + yaml_text(text);
    return "[" + list + "]";
}

}  // namespace lastgood
