#pragma once

#include "core/facts.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Session;

/// Reads the properties of a database (from any database of the cluster). Failure (3) if there is no such database.
DatabaseProperties read_properties(Session& session, const std::string& database);

/// Statements that give `database` the properties (owner, ACL, connection limit, settings; the comment is not among
/// them, a copy carries our mark there until it is swapped in). What is already so yields no statement.
std::vector<std::string> statements_for_properties(Session& session, const std::string& database,
                                                   const DatabaseProperties& wanted);
/// Pure: the same for one that has the properties `found`.
std::vector<std::string> statements_for_properties(const std::string& database, const DatabaseProperties& found,
                                                   const DatabaseProperties& wanted);

/// Runs them one by one. Returns what could not be set, as sentences with the server's words; never throws for one of
/// them.
std::vector<std::string> apply_properties(Session& session, const std::string& database,
                                          const DatabaseProperties& wanted);

/// Sentences; connection limit, comment and allow_connections are not compared (a sealed copy differs there by design).
std::vector<std::string> compare_properties(const DatabaseProperties& expected, const DatabaseProperties& found);

}  // namespace lastgood
