#include "database/shared_objects.hpp"

#include "database/session.hpp"

namespace lastgood {

namespace {

constexpr const char* k_roles_and_settings =
    "select 'role ' || rolname, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, "
    "rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil) from pg_catalog.pg_roles "
    "union all select format('membership of %s in %s', m.rolname, r.rolname), a.admin_option::text "
    "from pg_catalog.pg_auth_members a join pg_catalog.pg_roles m on m.oid = a.member "
    "join pg_catalog.pg_roles r on r.oid = a.roleid "
    "union all select format('settings of %s%s', case when s.setrole = 0 then 'database ' || d.datname else 'role ' || "
    "r.rolname end, case when s.setrole <> 0 and s.setdatabase <> 0 then ' in database ' || d.datname else '' end), "
    "s.setconfig::text from pg_catalog.pg_db_role_setting s left join pg_catalog.pg_roles r on r.oid = s.setrole "
    "left join pg_catalog.pg_database d on d.oid = s.setdatabase "
    "where s.setdatabase = 0 or d.datname = $1";

constexpr const char* k_database =
    "select concat_ws(' ', pg_catalog.pg_get_userbyid(datdba), datallowconn, datconnlimit, datacl::text, "
    "pg_catalog.shobj_description(oid, 'pg_database')) from pg_catalog.pg_database where datname = $1";

}  // namespace

std::map<std::string, std::string> shared_objects(Session& session, const std::string& database) {
    std::map<std::string, std::string> objects;
    for (const auto& row : session.query(k_roles_and_settings, {database}))
        objects[row[0].value_or("?")] = row[1].value_or("");
    for (const auto& row : session.query(k_database, {database})) objects["database " + database] = row[0].value_or("");
    return objects;
}

std::vector<std::string> changed_objects(const std::map<std::string, std::string>& before,
                                         const std::map<std::string, std::string>& after) {
    std::vector<std::string> changed;
    for (const auto& [name, state] : before) {
        const auto now = after.find(name);
        if (now == after.end())
            changed.push_back(name + " is gone");
        else if (now->second != state)
            changed.push_back(name + " changed");
    }
    for (const auto& [name, state] : after)
        if (before.count(name) == 0) changed.push_back(name + " is new");
    return changed;
}

}  // namespace lastgood
