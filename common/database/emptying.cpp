#include "database/emptying.hpp"

#include "database/session.hpp"

namespace lastgood {

namespace {

/// Not DROP OWNED: it would take away what the role was granted on the database itself, the right to connect included.
/// Not DROP SCHEMA public: it would come back with another owner. pg_depend names what is in a schema, of whatever
/// kind.
constexpr const char* k_empty = R"(do $body$
declare
  found record;
  what record;
begin
  for found in
    select n.nspname from pg_catalog.pg_namespace n
    where n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'public') and pg_catalog.pg_has_role(n.nspowner, 'usage')
      and not exists (select from pg_catalog.pg_depend e where e.classid = 'pg_catalog.pg_namespace'::regclass
                      and e.objid = n.oid and e.deptype = 'e')
  loop
    execute pg_catalog.format('drop schema %I cascade', found.nspname);
  end loop;
  for found in
    select d.classid, d.objid from pg_catalog.pg_depend d
    where d.refclassid = 'pg_catalog.pg_namespace'::regclass and d.refobjid = pg_catalog.to_regnamespace('public')
      and d.deptype = 'n' and d.objsubid = 0
      and d.classid in (select c.oid from pg_catalog.pg_class c where c.relnamespace = 'pg_catalog'::regnamespace
                        and c.relname in ('pg_class', 'pg_proc', 'pg_type', 'pg_operator', 'pg_opclass', 'pg_opfamily',
                                          'pg_collation', 'pg_conversion', 'pg_ts_config', 'pg_ts_dict', 'pg_ts_parser',
                                          'pg_ts_template', 'pg_statistic_ext'))
      and not exists (select from pg_catalog.pg_depend e where e.classid = d.classid and e.objid = d.objid
                      and e.deptype = 'e')
  loop
    select * into what from pg_catalog.pg_identify_object(found.classid, found.objid, 0);
    -- Gone with another one.
    continue when what.identity is null;
    execute pg_catalog.format('drop %s if exists %s cascade',
                              case what.type when 'statistics object' then 'statistics' else what.type end, what.identity);
  end loop;
end
$body$)";

}  // namespace

void empty_database(Session& session) {
    session.execute(k_empty);
}

}  // namespace lastgood
