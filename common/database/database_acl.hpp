#pragma once

#include "core/facts.hpp"

#include <set>
#include <string>
#include <tuple>
#include <vector>

namespace lastgood {

/// One entry of pg_database.datacl. Read here and not by the server, whose aclitem knows no role that is not there.
struct AclEntry {
    std::string grantee;     ///< "": PUBLIC
    std::string privileges;  ///< letters, '*' behind one that may be passed on, as PostgreSQL writes them
    std::string grantor;
    friend bool operator==(const AclEntry&, const AclEntry&) = default;
    friend bool operator<(const AclEntry& a, const AclEntry& b) {
        return std::tie(a.grantee, a.privileges, a.grantor) < std::tie(b.grantee, b.privileges, b.grantor);
    }
};

/// Throws std::invalid_argument on text that is no aclitem.
AclEntry parse_acl_item(const std::string& item);
/// What the ACL amounts to; the default spelled out.
std::set<AclEntry> effective_acl(const DatabaseProperties& properties);
std::vector<std::string> acl_texts(const std::set<AclEntry>& entries);

/// From `found` to `wanted`, for a database that has been given its wanted owner already. Empty if they are the same.
std::vector<std::string> acl_statements(const std::string& database, const DatabaseProperties& found,
                                        const DatabaseProperties& wanted);

}  // namespace lastgood
