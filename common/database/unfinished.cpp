#include "database/unfinished.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_first_version_with_not_enforced = 180000;

std::vector<Unfinished> read(Session& session, const std::string& sql) {
    std::vector<Unfinished> found;
    for (const auto& row : session.query(sql)) {
        found.push_back({static_cast<std::uint32_t>(std::stoul(*row[0])), row[1].value_or(""), row[2].value_or(""),
                         row[3].value_or("")});
    }
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.what < b.what; });
    return found;
}

}  // namespace

std::vector<Unfinished> unfinished_indexes(Session& session) {
    return read(
        session,
        "select i.oid, format('%s.%s on %s.%s', ni.nspname, i.relname, nt.nspname, t.relname), "
        // What a failed REINDEX CONCURRENTLY left is superfluous: the old index is still there.
        "format(case when i.relname ~ '_ccnew\\d*$' then 'drop index concurrently %I.%I' "
        "else 'reindex index concurrently %I.%I' end, ni.nspname, i.relname), "
        "format('drop index concurrently if exists %I.%I', ni.nspname, i.relname) from pg_catalog.pg_index x "
        "join pg_catalog.pg_class i on i.oid = x.indexrelid join pg_catalog.pg_namespace ni on ni.oid = i.relnamespace "
        "join pg_catalog.pg_class t on t.oid = x.indrelid join pg_catalog.pg_namespace nt on nt.oid = t.relnamespace "
        // A partitioned index is invalid by design until every partition has its own.
        "where not x.indisvalid and i.relkind = 'i' and ni.nspname !~ '^pg_' "
        // Somebody is building one on that table just now: it is not left, and not to be dropped under his hands.
        // (Which index it is, only a member of his role may see.)
        "and not exists (select from pg_catalog.pg_stat_progress_create_index p join pg_catalog.pg_locks l on l.pid = "
        "p.pid where l.locktype = 'relation' and l.relation = x.indrelid and l.mode = 'ShareUpdateExclusiveLock' and "
        "l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()))");
}

void drop_unfinished_index(Session& session, const std::string& what) {
    for (const Unfinished& index : unfinished_indexes(session)) {
        if (index.what != what) continue;
        session.execute("set lock_timeout = 0");  // it waits for old transactions; nobody waits for it
        return session.execute(index.drop);
    }
    throw Failure(ExitCode::failed_clean, "there is no invalid index " + what + " any more", "nothing",
                  "lastgood migrate   looks again");
}

std::vector<Unfinished> unfinished_constraints(Session& session) {
    // One that is NOT ENFORCED is never valid.
    const bool may_be_unenforced = session.server_version() >= k_first_version_with_not_enforced;
    return read(
        session,
        "select c.oid, format('%s on %s.%s', c.conname, n.nspname, coalesce(t.relname, d.typname)), "
        "format('alter %s %I.%I validate constraint %I', case when t.oid is null then 'domain' else 'table' end, "
        "n.nspname, coalesce(t.relname, d.typname), c.conname), null "
        "from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace "
        "left join pg_catalog.pg_class t on t.oid = c.conrelid left join pg_catalog.pg_type d on d.oid = c.contypid "
        "where not c.convalidated and n.nspname !~ '^pg_'" +
            std::string(may_be_unenforced ? " and c.conenforced" : ""));
}

}  // namespace lastgood
