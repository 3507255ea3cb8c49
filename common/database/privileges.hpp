#pragma once

#include <compare>
#include <set>
#include <string>
#include <vector>

namespace lastgood {

class Session;

struct Grant {
    std::string grantee;    ///< "PUBLIC" or a role
    std::string privilege;  ///< "SELECT"; "SELECT with grant option" is one beside it
    friend auto operator<=>(const Grant&, const Grant&) = default;
};

/// Who may do what with one object: its owner, and what differs from the privileges that PostgreSQL gives by itself.
struct ObjectPrivileges {
    std::string id;           ///< "table 16390": the same object under any name
    std::string name;         ///< "public.orders", "public.total(integer)"
    std::string owner;        ///< "" of a column or of default privileges
    std::string within = {};  ///< id of what it goes with: a column's table, the schema of default privileges
    std::set<Grant> granted = {};
    std::set<Grant> revoked = {};
    std::set<int> columns = {};  ///< of a table: the numbers of those that are there
};

/// The database, schemas, tables and views, columns with privileges of their own, sequences, functions, types and
/// default privileges, by name; not what belongs to an extension, nor system schemas. Membership of roles is not looked
/// at.
std::vector<ObjectPrivileges> read_privileges(Session& session);

}  // namespace lastgood
