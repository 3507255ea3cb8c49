#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

/// One statement of a script.
struct SqlStatement {
    std::string text;  ///< from its first token to before its semicolon
    int line = 1;      ///< of its first token, from 1
    /// Its unquoted words in upper case, in order: outside of parentheses, and inside. A quoted identifier stands as
    /// "\"\"", so that it is never taken for a keyword. Literals and operators are left out.
    std::vector<std::string> words;
    std::vector<std::string> inner_words;
};

/// The script cannot be run by us; `line` says where.
class ScriptError : public std::runtime_error {
  public:
    ScriptError(int line, const std::string& what) : std::runtime_error(what), m_line(line) {}
    int line() const { return m_line; }

  private:
    int m_line;
};

/// Whether the rows of COPY FROM STDIN will be sent, behind the script, or there is nobody who could.
enum class CopyInput { missing, sent };

/// Splits as the server does: quotes, E'' and its continuation on the next line, U&'', dollar quotes, nested comments,
/// parentheses and BEGIN ATOMIC bodies are respected; standard_conforming_strings is on. Throws ScriptError on psql's
/// own commands, COPY FROM STDIN without input and what does not end.
std::vector<SqlStatement> split_statements(std::string_view script, CopyInput input = CopyInput::missing);

}  // namespace lastgood
