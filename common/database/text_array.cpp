#include "database/session.hpp"

#include <cctype>

namespace lastgood {

std::string array_literal(const std::vector<std::string>& values) {
    std::string literal = "{";
    for (const std::string& value : values) {
        if (literal.size() > 1) literal += ',';
        literal += '"';
        for (const char c : value) {
            if (c == '"' || c == '\\') literal += '\\';
            literal += c;
        }
        literal += '"';
    }
    return literal + "}";
}

std::vector<std::string> parse_array(const std::string& text) {
    if (text.size() < 2 || text.front() != '{' || text.back() != '}') {
        throw std::invalid_argument("not the text of an array: " + text);
    }
    std::vector<std::string> values;
    if (text == "{}") return values;
    std::string element;
    bool quoted = false;
    bool in_quotes = false;
    for (std::size_t i = 1; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '\\' && i + 1 < text.size()) {
            element += text[++i];
        } else if (c == '"') {
            quoted = true;
            in_quotes = !in_quotes;
        } else if (!in_quotes && (c == ',' || c == '}')) {
            values.push_back(!quoted && element == "NULL" ? "" : element);
            element.clear();
            quoted = false;
        } else {
            element += c;
        }
    }
    return values;
}

}  // namespace lastgood
