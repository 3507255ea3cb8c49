#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>
#include <iterator>

namespace lastgood {

namespace {

using Grants = std::set<Grant>;
using Objects = std::map<std::string, const ObjectPrivileges*>;

Objects by_id(const std::vector<ObjectPrivileges>& objects) {
    Objects map;
    for (const auto& object : objects) map[object.id] = &object;
    return map;
}

Grants without(const Grants& these, const Grants& those) {
    Grants rest;
    std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::inserter(rest, rest.end()));
    return rest;
}

/// "table 16390" and 3 of "column 16390.3".
int column_number(const ObjectPrivileges& column) {
    return std::stoi(column.id.substr(column.id.rfind('.') + 1));
}

bool is_column(const ObjectPrivileges& object) {
    return object.id.starts_with("column ");
}

/// What a thing of its own is: a column or default privileges only say what goes with another.
bool stands_alone(const ObjectPrivileges& object) {
    return !is_column(object) && !object.id.starts_with("defaults ");
}

class Comparison {
  public:
    Comparison(const PrivilegesUnchangedCheck& check, const std::vector<ObjectPrivileges>& before,
               const std::vector<ObjectPrivileges>& now)
        : m_check(check), m_before(by_id(before)), m_now(by_id(now)) {
        for (const auto& object : now) look_at(object);
        for (const auto& object : before) look_for(object);
    }
    const Differences& differences() const { return m_differences; }
    std::size_t compared() const { return m_compared; }

  private:
    /// Was there a place for it before? A table for a column, a schema for default privileges.
    static bool has_place(const ObjectPrivileges& object, const Objects& objects) {
        if (object.within.empty()) return true;
        const auto place = objects.find(object.within);
        if (place == objects.end()) return false;
        return !is_column(object) || place->second->columns.contains(column_number(object));
    }

    void look_at(const ObjectPrivileges& now) {
        if (is_excepted(now)) return;
        const auto known = m_before.find(now.id);
        const bool was_there = known != m_before.end() || (!stands_alone(now) && has_place(now, m_before));
        if (!was_there && !m_check.new_objects) return;
        ++m_compared;
        const ObjectPrivileges nothing{now.id, now.name, now.owner};
        compare(known == m_before.end() ? nothing : *known->second, now);
    }

    /// A column's or default privileges that are gone while the column and the schema are not. What is gone altogether
    /// is not judged.
    void look_for(const ObjectPrivileges& before) {
        if (stands_alone(before) || m_now.contains(before.id) || is_excepted(before)) return;
        if (has_place(before, m_now)) compare(before, {before.id, before.name, before.owner});
    }

    void compare(const ObjectPrivileges& before, const ObjectPrivileges& now) {
        if (before.owner != now.owner)
            m_differences.add(now.name + ": the owner was " + before.owner + ", is " + now.owner);
        say(now.name, "lost", without(before.granted, now.granted), without(now.revoked, before.revoked));
        say(now.name, "gained", without(now.granted, before.granted), without(before.revoked, now.revoked));
    }

    void say(const std::string& name, const std::string& happened, Grants grants, const Grants& more) {
        grants.insert(more.begin(), more.end());
        for (const auto& grant : grants)
            m_differences.add(name + ": " + grant.grantee + " " + happened + " " + grant.privilege);
    }

    /// By its name, a function also without its arguments, a column by its table.
    bool is_excepted(const ObjectPrivileges& object) const {
        const std::string name = object.name.substr(0, object.name.find('('));
        const std::string table = is_column(object) ? name.substr(0, name.rfind('.')) : name;
        return any_means(m_check.except, object.name) || any_means(m_check.except, name) ||
               any_means(m_check.except, table);
    }

    const PrivilegesUnchangedCheck& m_check;
    Objects m_before;
    Objects m_now;
    Differences m_differences;
    std::size_t m_compared = 0;
};

}  // namespace

CheckResult check_privileges_unchanged(const CheckSettings& settings, const CheckContext& context) {
    if (!context.before || !context.before->privileges) return not_known_before("who might do what");
    Session session = reading_session(settings, context);
    const auto now = read_privileges(session);
    const Comparison comparison(std::get<PrivilegesUnchangedCheck>(settings.what), *context.before->privileges, now);
    const std::string objects = say_count(comparison.compared(), "object");
    return judged(comparison.differences(), objects + ", owners and grants as before",
                  {.expected = "owners and grants of " + objects + " as before migrate",
                   .found = say_count(comparison.differences().count(), "difference")});
}

void remember_privileges(const CheckSettings&, Session& session, Before& before) {
    if (!before.privileges) before.privileges = read_privileges(session);
}

}  // namespace lastgood
