#pragma once

#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// Words with whatever names in them: what breaks a line becomes a blank.
std::string one_line(std::string words);
/// As one word of a shell.
std::string shell_word(const std::string& text);
/// A database's name behind -d, where what looks like a connection string would be read as one.
std::string database_word(const std::string& name);
/// "PGHOST=... PGPORT=...", each value a word.
std::string assignments(const std::map<std::string, std::string>& variables);
/// One psql that stops at the first error, each statement a -c of its own. No command has a here-document, so that
/// blanks before its lines do no harm.
std::string psql(const std::string& database, const std::vector<std::string>& statements, bool one_transaction = false);
/// For the rest of a subshell: limits of the role or the database end no long work.
std::string without_timeouts(int server_version);
/// The commands in a subshell that stops at the first that fails, and leaves the person's own alone.
std::string one_by_one(const std::vector<std::string>& commands);

}  // namespace lastgood
