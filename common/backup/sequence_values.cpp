#include "backup/sequence_values.hpp"

#include "database/session.hpp"

#include <algorithm>
#include <vector>

namespace lastgood {

namespace {

constexpr std::size_t k_sequences_of_a_query = 200;

constexpr const char* k_sequences =
    "select n.nspname, c.relname from pg_sequence s join pg_class c on c.oid = s.seqrelid "
    "join pg_namespace n on n.oid = c.relnamespace "
    "left join pg_depend d on d.classid = 'pg_class'::regclass and d.objid = c.oid and d.objsubid = 0 "
    "and d.deptype = 'e' and d.refclassid = 'pg_extension'::regclass left join pg_extension e on e.oid = d.refobjid "
    "where n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence <> 't' "
    "and (e.oid is null or c.oid = any (e.extconfig)) and has_sequence_privilege(s.seqrelid, 'SELECT') order by 1, 2";

}  // namespace

std::string sequence_values(Session& session) {
    std::vector<std::string> names;
    for (const auto& row : session.query(k_sequences)) {
        names.push_back(session.quote_name(*row[0]) + "." + session.quote_name(*row[1]));
    }
    std::string script;
    for (std::size_t begin = 0; begin < names.size(); begin += k_sequences_of_a_query) {
        const std::size_t end = std::min(names.size(), begin + k_sequences_of_a_query);
        std::string query;
        for (std::size_t i = begin; i < end; ++i) {
            query += (query.empty() ? "select " : " union all select ") + std::to_string(i) +
                     ", last_value, is_called from " + names[i];
        }
        for (const auto& row : session.query(query)) {
            script += "SELECT pg_catalog.setval(" + session.quote_literal(names[std::stoul(*row[0])]) + ", " + *row[1] +
                      ", " + (row[2] == "t" ? "true" : "false") + ");\n";
        }
    }
    return script;
}

}  // namespace lastgood
