#include "database/database_acl.hpp"

#include "database/session.hpp"

#include <map>
#include <stdexcept>

namespace lastgood {
namespace {

/// A role's name at `at`, in double quotes where it has to be.
std::string take_role(const std::string& item, std::size_t& at, char end) {
    std::string role;
    bool quoted = false;
    for (; at < item.size() && (quoted || item[at] != end); ++at) {
        if (item[at] != '"') {
            role += item[at];
        } else if (quoted && at + 1 < item.size() && item[at + 1] == '"') {
            role += item[++at];
        } else {
            quoted = !quoted;
        }
    }
    return role;
}

std::string privilege_name(char letter) {
    switch (letter) {
        case 'C':
            return "CREATE";
        case 'T':
            return "TEMPORARY";
        case 'c':
            return "CONNECT";
        default:
            throw std::invalid_argument(std::string("not a privilege of a database: ") + letter);
    }
}

std::string role_words(const std::string& role) {
    return role.empty() ? "PUBLIC" : quoted_name(role);
}

/// An entry needs up to two GRANTs: with and without the right to pass it on.
std::vector<std::string> grants(const std::string& database, const AclEntry& entry) {
    std::map<bool, std::string> privileges;
    for (std::size_t i = 0; i < entry.privileges.size(); ++i) {
        const bool passes_on = i + 1 < entry.privileges.size() && entry.privileges[i + 1] == '*';
        auto& names = privileges[passes_on];
        names += (names.empty() ? "" : ", ") + privilege_name(entry.privileges[i]);
        if (passes_on) ++i;
    }
    std::vector<std::string> statements;
    statements.reserve(privileges.size());
    for (const auto& [passes_on, names] : privileges) {
        statements.push_back("GRANT " + names + " ON DATABASE " + quoted_name(database) + " TO " +
                             role_words(entry.grantee) + (passes_on ? " WITH GRANT OPTION" : ""));
    }
    return statements;
}

/// As another grantor: in a block, so that the role is ours again whatever happens.
std::string as_role(const std::string& role, const std::string& statement) {
    return "DO " + quoted_literal("BEGIN SET LOCAL ROLE " + quoted_name(role) + "; " + statement + "; END");
}

/// Each after those that gave its grantor the right.
std::vector<AclEntry> in_granting_order(const std::set<AclEntry>& entries, const std::string& owner) {
    std::vector<AclEntry> ordered;
    std::set<std::string> able{owner};
    std::set<AclEntry> left = entries;
    while (!left.empty()) {
        auto next = left.begin();
        while (next != left.end() && !able.contains(next->grantor)) ++next;
        if (next == left.end()) next = left.begin();  // its grantor's own entry is lost: the server will say so
        if (next->privileges.find('*') != std::string::npos) able.insert(next->grantee);
        ordered.push_back(*next);
        left.erase(next);
    }
    return ordered;
}

}  // namespace

AclEntry parse_acl_item(const std::string& item) {
    AclEntry entry;
    std::size_t at = 0;
    entry.grantee = take_role(item, at, '=');
    const std::size_t slash = item.find('/', at);
    if (at >= item.size() || slash == std::string::npos) throw std::invalid_argument("not an aclitem: " + item);
    entry.privileges = item.substr(at + 1, slash - at - 1);
    at = slash + 1;
    entry.grantor = take_role(item, at, '\0');
    return entry;
}

std::set<AclEntry> effective_acl(const DatabaseProperties& properties) {
    if (properties.acl_is_default) {
        return {{"", "Tc", properties.owner}, {properties.owner, "CTc", properties.owner}};
    }
    std::set<AclEntry> entries;
    for (const auto& item : properties.acl) entries.insert(parse_acl_item(item));
    return entries;
}

std::vector<std::string> acl_texts(const std::set<AclEntry>& entries) {
    std::vector<std::string> texts;
    texts.reserve(entries.size());
    for (const auto& entry : entries) texts.push_back(entry.grantee + "=" + entry.privileges + "/" + entry.grantor);
    return texts;
}

std::vector<std::string> acl_statements(const std::string& database, const DatabaseProperties& found,
                                        const DatabaseProperties& wanted) {
    // With its owner, a database's privileges change hands too.
    const auto renamed = [&](const std::string& role) { return role == found.owner ? wanted.owner : role; };
    std::set<AclEntry> present;
    for (const auto& entry : effective_acl(found)) {
        present.insert({renamed(entry.grantee), entry.privileges, renamed(entry.grantor)});
    }
    const auto target = effective_acl(wanted);
    if (present == target) return {};
    std::set<std::string> grantees;
    for (const auto& entry : present) grantees.insert(entry.grantee);
    std::vector<std::string> statements;
    statements.reserve(grantees.size() + target.size());
    for (const auto& grantee : grantees) {
        statements.push_back("REVOKE ALL ON DATABASE " + quoted_name(database) + " FROM " + role_words(grantee) +
                             " CASCADE");
    }
    for (const auto& entry : in_granting_order(target, wanted.owner)) {
        for (const auto& grant : grants(database, entry)) {
            statements.push_back(entry.grantor == wanted.owner ? grant : as_role(entry.grantor, grant));
        }
    }
    return statements;
}

}  // namespace lastgood
