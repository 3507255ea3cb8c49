#include "database/row_security.hpp"

#include "database/catalogue.hpp"
#include "database/session.hpp"

namespace lastgood {

namespace {

constexpr const char* k_tables_and_policies = R"(
select c.oid, n.nspname || '.' || c.relname, c.relrowsecurity, c.relforcerowsecurity, p.polname,
       format('%s for %s to %s%s%s', case when p.polpermissive then 'permissive' else 'restrictive' end,
              case p.polcmd when 'r' then 'select' when 'a' then 'insert' when 'w' then 'update' when 'd' then 'delete' else 'all' end,
              (select string_agg(case when r = 0 then 'public' else pg_get_userbyid(r) end, ', ' order by 1) from unnest(p.polroles) r),
              ' using (' || pg_get_expr(p.polqual, p.polrelid) || ')', ' with check (' || pg_get_expr(p.polwithcheck, p.polrelid) || ')')
from pg_class c join pg_namespace n on n.oid = c.relnamespace left join pg_policy p on p.polrelid = c.oid
where c.relkind in ('r', 'p') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 2, 1, p.polname)";

}  // namespace

std::vector<RowSecurity> read_row_security(Session& session) {
    Transaction transaction(session, k_begin_catalogue);
    std::vector<RowSecurity> tables;
    for (const auto& row : session.query(k_tables_and_policies)) {
        const auto oid = static_cast<std::uint32_t>(std::stoul(*row[0]));
        if (tables.empty() || tables.back().oid != oid)
            tables.push_back({oid, row[1].value_or(""), row[2] == "t", row[3] == "t", {}});
        if (row[4]) tables.back().policies[*row[4]] = row[5].value_or("");
    }
    return tables;
}

}  // namespace lastgood
