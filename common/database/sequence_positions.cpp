#include "database/sequence_positions.hpp"

#include "database/catalogue.hpp"
#include "database/session.hpp"

namespace lastgood {

namespace {

/// Sequence, column, what to read of them, and why one of them cannot be judged or not be read.
constexpr const char* k_pairs = R"(
with pair as (
  select objid as sequence, refobjid as tab, refobjsubid::int2 as attnum from pg_depend
  where classid = 'pg_class'::regclass and refclassid = 'pg_class'::regclass and deptype in ('a', 'i') and refobjsubid > 0
  union
  select refobjid, adrelid, adnum from pg_depend join pg_attrdef d on d.oid = objid
  where classid = 'pg_attrdef'::regclass and refclassid = 'pg_class'::regclass)
select sn.nspname || '.' || s.relname, tn.nspname || '.' || t.relname || '.' || a.attname,
       format('%I.%I', sn.nspname, s.relname), case t.relkind when 'p' then '' else 'only ' end || format('%I.%I', tn.nspname, t.relname),
       format('%I', a.attname), q.seqincrement,
       case when q.seqcycle then 'it cycles'
            when ty.typcategory <> 'N' then 'its column is of type ' || format_type(a.atttypid, a.atttypmod)
            when pg_get_expr(d.adbin, d.adrelid) ~ 'nextval\(' and
                 pg_get_expr(d.adbin, d.adrelid) !~ '^\(?nextval\(''[^()]+''(::text)?(::regclass)?\)\)?(::[a-z ]+)?$'
                 then 'its column is computed from it' else '' end,
       case when not has_sequence_privilege(s.oid, 'SELECT') then 'this role may not read the sequence'
            when not has_column_privilege(t.oid, a.attnum, 'SELECT') then 'this role may not read the column'
            when row_security_active(t.oid) then 'policies hide rows of the table from this role' else '' end
from pair join pg_class s on s.oid = pair.sequence and s.relkind = 'S' join pg_namespace sn on sn.oid = s.relnamespace
join pg_sequence q on q.seqrelid = s.oid
join pg_class t on t.oid = pair.tab and t.relkind in ('r', 'p') join pg_namespace tn on tn.oid = t.relnamespace
join pg_attribute a on a.attrelid = t.oid and a.attnum = pair.attnum join pg_type ty on ty.oid = a.atttypid
left join pg_attrdef d on d.adrelid = t.oid and d.adnum = a.attnum
where t.relpersistence <> 't' and tn.nspname !~ '^pg_' and tn.nspname <> 'information_schema' order by 1, 2)";

/// The next number, the furthest in use, whether that is at the next or beyond, and the whole number to set.
std::string position_sql(const Rows::Row& pair) {
    const bool ascending = pair[5].value_or("").front() != '-';
    const std::string furthest = ascending ? "max" : "min";
    return "select next, furthest, next " + std::string(ascending ? "<=" : ">=") + " furthest, " +
           (ascending ? "ceil" : "floor") + "(furthest) from (select last_value::numeric + case when is_called then " +
           *pair[5] + " else 0 end as next, (select " + furthest + "(" + *pair[4] + ")::text::numeric from " +
           *pair[3] + ") as furthest from " + *pair[2] + ") positions";
}

SequencePosition read_position(Session& session, const Rows::Row& pair) {
    SequencePosition position;
    position.sequence = *pair[0];
    position.column = *pair[1];
    position.not_judged = *pair[6];
    position.unreadable = *pair[7];
    if (!position.not_judged.empty() || !position.unreadable.empty()) return position;
    const Rows rows = session.query(position_sql(pair));
    position.next = rows[0][0].value_or("");
    position.furthest = rows[0][1].value_or("");
    position.behind = rows[0][2] == "t";
    if (position.behind)
        position.mend = "select setval(" + session.quote_literal(*pair[2]) + ", " + rows[0][3].value_or("") + ")";
    return position;
}

}  // namespace

std::vector<SequencePosition> sequence_positions(Session& session) {
    Transaction transaction(session, k_begin_catalogue);
    session.execute("set local row_security = off");  // an error instead of fewer rows
    std::vector<SequencePosition> positions;
    for (const auto& pair : session.query(k_pairs)) positions.push_back(read_position(session, pair));
    return positions;
}

}  // namespace lastgood
