#include "database/sql_statements.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace lastgood {

namespace {

constexpr std::size_t k_nowhere = std::string_view::npos;

bool begins_word(char c) {
    return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool continues_word(char c) {
    return begins_word(c) || std::isdigit(static_cast<unsigned char>(c)) != 0 || c == '$';
}

std::string upper(std::string_view word) {
    std::string result(word);
    for (char& c : result) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return result;
}

bool defines_routine(const std::vector<std::string>& words) {
    const auto kind_at = [&](std::size_t index) {
        return words.size() > index && (words[index] == "FUNCTION" || words[index] == "PROCEDURE");
    };
    if (words.empty() || words[0] != "CREATE") return false;
    return kind_at(1) || (words.size() > 3 && words[1] == "OR" && words[2] == "REPLACE" && kind_at(3));
}

bool reads_standard_input(const std::vector<std::string>& words) {
    static constexpr std::array<std::string_view, 2> k_from_stdin{"FROM", "STDIN"};
    return !words.empty() && words[0] == "COPY" &&
           std::search(words.begin(), words.end(), k_from_stdin.begin(), k_from_stdin.end()) != words.end();
}

class Splitter {
  public:
    Splitter(std::string_view script, CopyInput input) : m_script(script), m_input(input) {}

    std::vector<SqlStatement> run() {
        while (m_at < m_script.size()) step();
        finish();
        return std::move(m_statements);
    }

  private:
    char now() const { return m_script[m_at]; }
    bool sees(std::string_view text) const { return m_script.substr(m_at, text.size()) == text; }

    void advance(std::size_t count = 1) {
        const auto passed = m_script.substr(m_at, count);
        m_line += static_cast<int>(std::count(passed.begin(), passed.end(), '\n'));
        m_at += passed.size();
    }

    void step() {
        if (std::isspace(static_cast<unsigned char>(now())) != 0) return advance();
        if (sees("--")) return advance(std::min(m_script.find_first_of("\r\n", m_at), m_script.size()) - m_at);
        if (sees("/*")) return skip_comment();
        if (now() == ';' && m_parentheses == 0 && m_bodies == 0) {
            finish();
            return advance();
        }
        begin();
        take_token();
    }

    void take_token() {
        const char c = now();
        if (c == '\\') throw ScriptError(m_line, "a command of psql (\\...) is not SQL");
        if (c == '\'') return skip_quoted('\'', false);
        if (c == '"') {
            note("\"\"");
            return skip_quoted('"', false);
        }
        if (c == '$') return skip_dollar();
        if (begins_word(c)) return take_word();
        if (c == '(') ++m_parentheses;
        if (c == ')') m_parentheses = std::max(0, m_parentheses - 1);
        advance();
    }

    void take_word() {
        std::size_t end = m_at;
        while (end < m_script.size() && continues_word(m_script[end])) ++end;
        const std::string word = upper(m_script.substr(m_at, end - m_at));
        advance(end - m_at);
        const char next = m_at < m_script.size() ? now() : '\0';
        if (next == '\'' && (word == "E" || word == "B" || word == "X" || word == "N"))
            return skip_quoted('\'', word == "E");
        if (word == "U" && (sees("&'") || sees("&\""))) {
            advance();
            if (now() == '"') note("\"\"");
            return skip_quoted(now(), false);
        }
        note(word);
        follow_body(word);
    }

    /// The SQL-standard body of a routine holds semicolons; CASE has an END of its own.
    void follow_body(const std::string& word) {
        const auto& words = m_statement.words;
        if (m_parentheses > 0 || !defines_routine(words)) return;
        const bool begins = word == "ATOMIC" && words.size() > 1 && words[words.size() - 2] == "BEGIN";
        if (begins || (word == "CASE" && m_bodies > 0)) ++m_bodies;
        if (word == "END" && m_bodies > 0) --m_bodies;
    }

    void note(std::string word) {
        (m_parentheses == 0 ? m_statement.words : m_statement.inner_words).push_back(std::move(word));
    }

    void skip_quoted(char quote, bool backslash_escapes) {
        const int line = m_line;
        advance();
        while (m_at < m_script.size()) {
            const bool doubled = now() == quote && m_at + 1 < m_script.size() && m_script[m_at + 1] == quote;
            if (now() == quote && !doubled) {
                advance();
                if (!backslash_escapes || !continues_on_next_line()) return;
                continue;
            }
            advance(doubled || (backslash_escapes && now() == '\\') ? 2 : 1);
        }
        throw ScriptError(line, std::string("the quoted text that begins here does not end (") + quote + ")");
    }

    /// E'a' and, behind a line's end, 'b': the second part is read as the first. Steps behind its quote.
    bool continues_on_next_line() {
        const auto quote = std::min(m_script.find_first_not_of(" \t\r\n\f\v", m_at), m_script.size());
        const auto between = m_script.substr(m_at, quote - m_at);
        const bool continues = quote < m_script.size() && m_script[quote] == '\'' &&
                               between.find_first_of("\r\n") != std::string_view::npos;
        if (continues) advance(between.size() + 1);
        return continues;
    }

    void skip_dollar() {
        std::size_t end = m_at + 1;
        if (end < m_script.size() && begins_word(m_script[end])) {
            while (end < m_script.size() && continues_word(m_script[end]) && m_script[end] != '$') ++end;
        }
        if (end >= m_script.size() || m_script[end] != '$') return advance();  // $1
        const auto delimiter = m_script.substr(m_at, end + 1 - m_at);
        const auto close = m_script.find(delimiter, end + 1);
        if (close == k_nowhere) {
            throw ScriptError(m_line, "the quoted text that begins here does not end (" + std::string(delimiter) + ")");
        }
        advance(close + delimiter.size() - m_at);
    }

    void skip_comment() {
        const int line = m_line;
        int depth = 0;
        do {
            if (m_at >= m_script.size()) throw ScriptError(line, "the comment that begins here does not end");
            const bool opens = sees("/*");
            const bool closes = !opens && sees("*/");
            depth += static_cast<int>(opens) - static_cast<int>(closes);
            advance(opens || closes ? 2 : 1);
        } while (depth > 0);
    }

    void begin() {
        if (m_begin != k_nowhere) return;
        m_begin = m_at;
        m_statement.line = m_line;
    }

    void finish() {
        if (m_begin != k_nowhere) {
            if (m_input == CopyInput::missing && reads_standard_input(m_statement.words)) {
                throw ScriptError(m_statement.line, "COPY FROM STDIN has no input here; use INSERT");
            }
            m_statement.text = std::string(m_script.substr(m_begin, m_at - m_begin));
            m_statements.push_back(std::move(m_statement));
        }
        m_statement = {};
        m_begin = k_nowhere;
        m_parentheses = m_bodies = 0;
    }

    std::string_view m_script;
    CopyInput m_input;
    std::size_t m_at = 0;
    int m_line = 1;
    std::size_t m_begin = k_nowhere;
    int m_parentheses = 0;
    int m_bodies = 0;
    SqlStatement m_statement;
    std::vector<SqlStatement> m_statements;
};

}  // namespace

std::vector<SqlStatement> split_statements(std::string_view script, CopyInput input) {
    return Splitter(script, input).run();
}

}  // namespace lastgood
