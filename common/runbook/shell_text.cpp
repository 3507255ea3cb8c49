#include "runbook/shell_text.hpp"

#include "outside/process.hpp"

#include <algorithm>

namespace lastgood {

std::string one_line(std::string words) {
    std::replace_if(
        words.begin(), words.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    return words;
}

std::string shell_word(const std::string& text) {
    return say_command({text});
}

std::string database_word(const std::string& name) {
    const bool plain = name.find('=') == std::string::npos && name.find("://") == std::string::npos;
    if (plain) return shell_word(name);
    std::string value;
    for (const char c : name) {
        if (c == '\'' || c == '\\') value += '\\';
        value += c;
    }
    return shell_word("dbname='" + value + "'");
}

std::string assignments(const std::map<std::string, std::string>& variables) {
    std::string text;
    for (const auto& [name, value] : variables) text += (text.empty() ? "" : " ") + name + "=" + shell_word(value);
    return text;
}

std::string psql(const std::string& database, const std::vector<std::string>& statements, bool one_transaction) {
    std::string command = "psql -X -q -v ON_ERROR_STOP=1 -d " + database_word(database);
    if (one_transaction) command += " -1";
    for (const auto& statement : statements)
        command += (statements.size() > 1 ? " \\\n  -c " : " -c ") + shell_word(statement);
    return command;
}

std::string without_timeouts(int server_version) {
    std::string settings = " -c statement_timeout=0 -c lock_timeout=0";
    if (server_version >= 17) settings += " -c transaction_timeout=0";
    return "export PGOPTIONS=\"${PGOPTIONS:-}" + settings + "\"";
}

std::string one_by_one(const std::vector<std::string>& commands) {
    std::string text = "(\nset -e -o pipefail\n";
    for (const auto& command : commands) text += command + "\n";
    return text + ")";
}

}  // namespace lastgood
