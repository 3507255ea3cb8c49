#include "database/shown_statement.hpp"

#include <algorithm>
#include <cctype>

namespace lastgood {

namespace {

constexpr auto k_nowhere = std::string_view::npos;

bool in_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
    return std::isdigit(static_cast<unsigned char>(c)) != 0;
}

class Shower {
  public:
    explicit Shower(std::string_view statement) : m_rest(statement) {}

    std::string run(std::size_t limit) {
        while (!m_rest.empty() && m_shown.size() <= limit) step();
        while (!m_shown.empty() && m_shown.back() == ' ') m_shown.pop_back();
        if (m_shown.size() <= limit) return m_shown;
        std::size_t end = limit;
        while (end > 0 && (static_cast<unsigned char>(m_shown[end]) & 0xC0U) == 0x80U) --end;  // inside a character
        return m_shown.substr(0, end) + "...";
    }

  private:
    bool sees(std::string_view text) const { return m_rest.substr(0, text.size()) == text; }
    bool after_word() const { return !m_shown.empty() && in_word(m_shown.back()); }

    void blank() {
        if (!m_shown.empty() && m_shown.back() != ' ') m_shown += ' ';
    }

    void step() {
        const char c = m_rest.front();
        if (sees("--")) return pass(m_rest.find('\n'), 1);
        if (sees("/*")) return pass(m_rest.find("*/", 2), 2);
        if (std::isspace(static_cast<unsigned char>(c)) != 0) return pass(0, 1);
        if (c == '\'') return quoted();
        if (c == '$' && !after_word() && dollar_quoted()) return;
        if (is_digit(c) && !after_word()) return number();
        if (c == '"') return keep(name_length());
        keep(in_word(c) ? word_length() : 1);
    }

    /// Leaves out everything before `end` and `count` characters there.
    void pass(std::size_t end, std::size_t count) {
        blank();
        m_rest.remove_prefix(end == k_nowhere ? m_rest.size() : end + count);
    }

    void keep(std::size_t count) {
        m_shown += m_rest.substr(0, count);
        m_rest.remove_prefix(std::min(count, m_rest.size()));
    }

    std::size_t word_length() const {
        const auto* end = std::find_if_not(m_rest.begin(), m_rest.end(), in_word);
        return static_cast<std::size_t>(end - m_rest.begin());
    }

    std::size_t name_length() const {
        const auto close = m_rest.find('"', 1);
        return close == k_nowhere ? m_rest.size() : close + 1;
    }

    void literal() {
        // The letter of E'', B'', X'' and N'' belongs to it.
        const bool prefixed = after_word() && (m_shown.size() == 1 || !in_word(m_shown[m_shown.size() - 2]));
        if (prefixed && std::string_view("eEbBxXnN").find(m_shown.back()) != k_nowhere) m_shown.pop_back();
        m_shown += '?';
    }

    void quoted() {
        const bool escapes = after_word() && (m_shown.back() == 'E' || m_shown.back() == 'e');
        literal();
        std::size_t at = 1;
        while (at < m_rest.size()) {
            const bool doubled = m_rest[at] == '\'' && at + 1 < m_rest.size() && m_rest[at + 1] == '\'';
            if (m_rest[at] == '\'' && !doubled) break;
            at += doubled || (escapes && m_rest[at] == '\\') ? 2 : 1;
        }
        m_rest.remove_prefix(std::min(at + 1, m_rest.size()));
    }

    /// False for $1 and a lone dollar.
    bool dollar_quoted() {
        const auto end = m_rest.find('$', 1);
        const auto tag = m_rest.substr(1, end == k_nowhere ? 0 : end - 1);
        const bool is_tag =
            end != k_nowhere && (tag.empty() || !is_digit(tag.front())) && std::all_of(tag.begin(), tag.end(), in_word);
        if (!is_tag) return false;
        const auto delimiter = m_rest.substr(0, end + 1);
        const auto close = m_rest.find(delimiter, end + 1);
        m_shown += '?';
        m_rest.remove_prefix(close == k_nowhere ? m_rest.size() : close + delimiter.size());
        return true;
    }

    void number() {
        m_shown += '?';
        const auto* end = std::find_if_not(m_rest.begin(), m_rest.end(), [](char c) { return in_word(c) || c == '.'; });
        m_rest.remove_prefix(static_cast<std::size_t>(end - m_rest.begin()));
    }

    std::string_view m_rest;
    std::string m_shown;
};

}  // namespace

std::string shown_statement(std::string_view statement, std::size_t limit) {
    return Shower(statement).run(limit);
}

}  // namespace lastgood
