#pragma once

#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// As one word of a shell.
std::string shell_word(const std::string& text);
/// A database's name behind -d, where what looks like a connection string would be read as one.
std::string database_word(const std::string& name);
/// "PGHOST=... PGPORT=...", each value a word.
std::string assignments(const std::map<std::string, std::string>& variables);
/// One psql that stops at the first error, each statement a -c of its own. No command has a here-document, so that
/// blanks before its lines do no harm.
std::string psql(const std::string& database, const std::vector<std::string>& statements, bool one_transaction = false);
/// The commands in a subshell that stops at the first that fails, and leaves the person's own alone.
std::string one_by_one(const std::vector<std::string>& commands);

}  // namespace lastgood
