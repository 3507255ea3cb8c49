#include "database/privileges.hpp"

#include "database/catalogue.hpp"
#include "database/session.hpp"

#include <map>

namespace lastgood {

namespace {

/// Every object with its ACL and the ACL that it would have by default; NULL is a default. A schema's default
/// privileges are added to those of the database: there the default is none.
constexpr const char* k_objects = R"(
with people as (
  select oid, nspname, nspowner, nspacl from pg_namespace where nspname !~ '^pg_' and nspname <> 'information_schema'),
extension_member as (
  select classid, objid from pg_depend where deptype = 'e' and refclassid = 'pg_extension'::regclass),
object as (
  select 'database ' || oid as id, datname::text as name, datdba as owner, '' as within, datacl as acl, 'd'::"char" as kind
  from pg_database where datname = current_database()
  union all
  select 'schema ' || oid, nspname, nspowner, '', nspacl, 'n' from people p
  where not exists (select from extension_member where classid = 'pg_namespace'::regclass and objid = p.oid)
  union all
  select case relkind when 'S' then 'sequence ' else 'table ' end || c.oid, p.nspname || '.' || relname, relowner, '', relacl,
         case relkind when 'S' then 's' else 'r' end::"char"
  from pg_class c join people p on p.oid = relnamespace
  where relkind in ('r', 'p', 'v', 'm', 'f', 'S') and relpersistence <> 't'
    and not exists (select from extension_member where classid = 'pg_class'::regclass and objid = c.oid)
  union all
  select 'column ' || c.oid || '.' || attnum, p.nspname || '.' || relname || '.' || attname, null, 'table ' || c.oid, attacl, 'c'
  from pg_attribute join pg_class c on c.oid = attrelid join people p on p.oid = relnamespace
  where attacl is not null and not attisdropped and relpersistence <> 't'
    and not exists (select from extension_member where classid = 'pg_class'::regclass and objid = c.oid)
  union all
  select 'function ' || f.oid, p.nspname || '.' || proname || '(' || pg_get_function_identity_arguments(f.oid) || ')', proowner, '',
         proacl, 'f'
  from pg_proc f join people p on p.oid = pronamespace
  where not exists (select from extension_member where classid = 'pg_proc'::regclass and objid = f.oid)
  union all
  select 'type ' || t.oid, p.nspname || '.' || typname, typowner, '', typacl, 'T'
  from pg_type t join people p on p.oid = typnamespace left join pg_class c on c.oid = typrelid
  where (typtype in ('d', 'e', 'r') or (typtype = 'c' and c.relkind = 'c') or (typtype = 'b' and typcategory <> 'A'))
    and not exists (select from extension_member where classid = 'pg_type'::regclass and objid = t.oid)
  union all
  select format('defaults %s/%s/%s', defaclrole, defaclnamespace, defaclobjtype),
         format('default privileges of %s%s for %s', pg_get_userbyid(defaclrole), ' in schema ' || p.nspname,
                case defaclobjtype when 'r' then 'tables' when 'S' then 'sequences' when 'f' then 'functions' when 'T' then 'types'
                                   else 'schemas' end),
         case when p.oid is null then defaclrole end, coalesce('schema ' || p.oid, ''), defaclacl,
         case defaclobjtype when 'S' then 's' else defaclobjtype end::"char"
  from pg_default_acl left join people p on p.oid = defaclnamespace
  where defaclnamespace = 0 or p.oid is not null)
)";

std::string objects_sql() {
    return k_objects +
           std::string(
               "select id, name, case when id !~ '^(column|defaults)' then pg_get_userbyid(owner) end, within "
               "from object order by name, id");
}

/// (id, granted or revoked, grantee, privilege) of each difference.
std::string differences_sql() {
    const auto list = [&](const std::string& acl) {
        return "select e.grantee, e.privilege_type || p.option from aclexplode(" + acl +
               ") e cross join (values ('', true), (' with grant option', false)) p (option, plain) "
               "where p.plain or e.is_grantable";
    };
    const std::string standard = "case when owner is not null then acldefault(kind, owner) end";
    return k_objects +
           ("select id, d.way, case d.grantee when 0 then 'PUBLIC' else pg_get_userbyid(d.grantee) end, "
            "d.privilege from object cross join lateral ("
            "(select 'granted', x.* from (" +
            list("acl") + " except " + list(standard) + ") x) union all (select 'revoked', y.* from (" +
            list(standard) + " except " + list("acl") + ") y)) d (way, grantee, privilege) where acl is not null");
}

constexpr const char* k_columns =
    "select 'table ' || attrelid, attnum from pg_attribute where attnum > 0 and not attisdropped and attrelid in "
    "(select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^pg_' "
    "and n.nspname <> 'information_schema' and c.relkind in ('r', 'p', 'v', 'm', 'f'))";

}  // namespace

std::vector<ObjectPrivileges> read_privileges(Session& session) {
    Transaction transaction(session, k_begin_catalogue);
    std::vector<ObjectPrivileges> objects;
    std::map<std::string, std::size_t> by_id;
    for (const auto& row : session.query(objects_sql())) {
        by_id[*row[0]] = objects.size();
        objects.push_back({*row[0], row[1].value_or(""), row[2].value_or(""), row[3].value_or("")});
    }
    for (const auto& row : session.query(differences_sql())) {
        ObjectPrivileges& object = objects[by_id.at(*row[0])];
        (row[1] == "granted" ? object.granted : object.revoked).insert({row[2].value_or(""), row[3].value_or("")});
    }
    for (const auto& row : session.query(k_columns)) {
        const auto table = by_id.find(*row[0]);
        if (table != by_id.end()) objects[table->second].columns.insert(std::stoi(*row[1]));
    }
    return objects;
}

}  // namespace lastgood
