#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/fence.hpp"
#include "database/fence_state.hpp"
#include "database/session.hpp"

#include <algorithm>

namespace lastgood {
namespace {

struct RoleToClose {
    std::string name;
    bool can_login;
    bool superuser;
    bool replication;
    bool admin_may_alter;
    bool is_admin;
};

[[noreturn]] void refuse(const std::string& role, const std::string& why, const std::string& next) {
    throw Failure(ExitCode::refused, "role \"" + role + "\" cannot be kept out: " + why, "nothing", next);
}

/// From 16 on CREATEROLE is not enough: the role must have been granted to the admin WITH ADMIN OPTION.
std::string may_alter_sql(int server_version) {
    const std::string own = server_version >= 160000
                                ? "a.rolcreaterole AND pg_catalog.pg_has_role(a.oid, r.oid, 'MEMBER WITH ADMIN OPTION')"
                                : "a.rolcreaterole AND NOT r.rolreplication";
    return "a.rolsuper OR (" + own + ")";
}

RoleToClose look_at(Session& admin, const std::string& role) {
    const Rows rows =
        admin.query("SELECT r.rolcanlogin, r.rolsuper, r.rolreplication, " + may_alter_sql(admin.server_version()) +
                        ", r.rolname IN (current_user, session_user) FROM pg_catalog.pg_roles r, pg_catalog.pg_roles a"
                        " WHERE r.rolname = $1 AND a.rolname = current_user",
                    {role});
    if (rows.empty()) refuse(role, "there is no such role", "look at app_roles in the pipeline; psql -c '\\du'");
    const auto& row = rows[0];
    return {role, row[0] == "t", row[1] == "t", row[2] == "t", row[3] == "t", row[4] == "t"};
}

void judge(Session& admin, const RoleToClose& role, const std::string& own_role) {
    const std::string another = "give the application a role of its own and name it in app_roles";
    if (role.is_admin || role.name == own_role) refuse(role.name, "it is the role we work as", another);
    if (role.superuser) refuse(role.name, "it is a superuser", another);
    if (role.admin_may_alter) return;
    const std::string us = admin.quote_name(admin.value("SELECT current_user").value_or(""));
    refuse(role.name, "role " + us + " has no right to alter it",
           admin.server_version() >= 160000
               ? "GRANT " + admin.quote_name(role.name) + " TO " + us + " WITH ADMIN OPTION;   and CREATEROLE"
               : "ALTER ROLE " + us + " CREATEROLE;   or a superuser in database.admin_url");
}

void look_at_backends(Session& admin, const std::string& database, const std::vector<std::string>& roles) {
    for (const auto& backend : untouchable_backends(admin, database)) {
        if (std::find(roles.begin(), roles.end(), backend.role) == roles.end()) continue;
        const std::string us = admin.quote_name(admin.value("SELECT current_user").value_or(""));
        refuse(backend.role, "its pid " + std::to_string(backend.pid) + " cannot be ended by our role",
               "GRANT pg_signal_backend TO " + us + ";");
    }
}

}  // namespace

RaisedFence plan_closed_fence(Session& admin, const std::string& database, const std::vector<std::string>& roles,
                              const std::string& own_role) {
    RaisedFence fence{"closed", database, {}, std::nullopt};
    for (const auto& name : roles) {
        const RoleToClose role = look_at(admin, name);
        judge(admin, role, own_role);
        const bool named_before = std::find(fence.roles.begin(), fence.roles.end(), name) != fence.roles.end();
        if (role.can_login && !named_before) fence.roles.push_back(name);
    }
    look_at_backends(admin, database, fence.roles);
    return fence;
}

RaisedFence plan_read_only_fence(Session& admin, const std::string& database) {
    return {"read_only", database, {}, read_only_setting(admin, database)};
}

}  // namespace lastgood
