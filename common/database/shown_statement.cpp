#include "database/shown_statement.hpp"

#include <algorithm>
#include <cctype>

namespace lastgood {

namespace {

bool is_word(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Reads on from `at`; each function passes over what begins there.
class Stripper {
  public:
    explicit Stripper(std::string_view sql) : m_sql(sql) {}

    /// Goes on until there is more than `limit` of it, which is to be cut.
    std::string run(std::size_t limit) {
        while (m_at < m_sql.size() && m_out.size() <= limit) step();
        while (m_out.ends_with(' ')) m_out.pop_back();
        return std::move(m_out);
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_sql.size() ? m_sql[m_at + ahead] : '\0'; }

    void step() {
        const char c = peek();
        if (std::isspace(static_cast<unsigned char>(c)) != 0) return pass_blank(1);
        if (c == '-' && peek(1) == '-') return pass_blank(m_sql.find('\n', m_at) - m_at);
        if (c == '/' && peek(1) == '*') return pass_comment();
        if (c == '\'') return pass_string(false);
        if (c == '"') return pass_name();
        if (c == '$' && dollar_tag() > 0) return pass_dollar_quoted();
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) return pass_number();
        if (is_word(c)) return pass_word();
        m_out += c;
        ++m_at;
    }

    void advance(std::size_t count) { m_at += std::min(count, m_sql.size() - m_at); }

    void pass_blank(std::size_t count) {
        advance(count);
        if (!m_out.empty() && m_out.back() != ' ') m_out += ' ';
    }

    void pass_comment() {
        int depth = 0;
        do {
            const bool opens = peek() == '/' && peek(1) == '*';
            const bool closes = peek() == '*' && peek(1) == '/';
            depth += opens ? 1 : closes ? -1 : 0;
            advance(opens || closes ? 2 : 1);
        } while (depth > 0 && m_at < m_sql.size());
        pass_blank(0);
    }

    void pass_string(bool with_escapes) {
        advance(1);
        while (m_at < m_sql.size()) {
            const char c = peek();
            const bool two = (with_escapes && c == '\\') || (c == '\'' && peek(1) == '\'');
            advance(two ? 2 : 1);
            if (c == '\'' && !two) break;
        }
        m_out += '?';
    }

    /// A quoted name is no literal.
    void pass_name() {
        const std::size_t begin = m_at;
        do advance(1);
        while (m_at < m_sql.size() && peek() != '"');
        advance(1);
        m_out += m_sql.substr(begin, m_at - begin);
    }

    /// How long a "$tag$" is that begins here; 0: none does.
    std::size_t dollar_tag() const {
        std::size_t end = m_at + 1;
        while (end < m_sql.size() && m_sql[end] != '$' && is_word(m_sql[end])) ++end;
        const bool tag =
            end < m_sql.size() && m_sql[end] == '$' && std::isdigit(static_cast<unsigned char>(m_sql[m_at + 1])) == 0;
        return tag ? end + 1 - m_at : 0;
    }

    void pass_dollar_quoted() {
        const std::string_view tag = m_sql.substr(m_at, dollar_tag());
        const auto end = m_sql.find(tag, m_at + tag.size());
        advance(end == std::string_view::npos ? m_sql.size() : end + tag.size() - m_at);
        m_out += '?';
    }

    void pass_number() {
        while (is_word(peek()) || (peek() == '.' && std::isdigit(static_cast<unsigned char>(peek(1))) != 0)) advance(1);
        m_out += '?';
    }

    /// E'...', B'...', U&'...' are literals too.
    void pass_word() {
        const std::size_t begin = m_at;
        while (is_word(peek()) && m_at < m_sql.size()) advance(1);
        const std::string_view word = m_sql.substr(begin, m_at - begin);
        const bool prefix = word.size() == 1 && std::string_view("EeBbXxNnUu").find(word[0]) != std::string_view::npos;
        if (prefix && peek() == '&' && peek(1) == '\'') advance(1);
        if (prefix && peek() == '\'') return pass_string(word == "E" || word == "e");
        m_out += word;
    }

    std::string_view m_sql;
    std::size_t m_at = 0;
    std::string m_out;
};

}  // namespace

std::string shown_statement(std::string_view statement, std::size_t limit) {
    std::string text = Stripper(statement).run(limit);
    if (text.size() <= limit) return text;
    std::size_t end = limit;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;  // inside a character
    return text.substr(0, end) + "...";
}

}  // namespace lastgood
