#pragma once

#include <map>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// What all databases of a server share and a session in one of them can change: roles, memberships, settings of roles
/// and databases, and the database `name` itself. Each as a name for people, and its state.
std::map<std::string, std::string> shared_objects(Session& session, const std::string& database);

/// "role reporting is new", "settings of database shop changed": what is different.
std::vector<std::string> changed_objects(const std::map<std::string, std::string>& before,
                                         const std::map<std::string, std::string>& after);

}  // namespace lastgood
