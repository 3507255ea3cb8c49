#include "database/lock_picture.hpp"

#include "database/session.hpp"
#include "database/shown_statement.hpp"

#include <algorithm>
#include <set>

namespace lastgood {

namespace {

constexpr const char* k_own = R"(
select l.pid, format('%s.%s', n.nspname, c.relname), l.mode, l.granted
from pg_catalog.pg_stat_activity a
join pg_catalog.pg_locks l on l.pid = a.pid and l.locktype = 'relation' and l.mode <> 'AccessShareLock'
join pg_catalog.pg_class c on c.oid = l.relation
join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'pg_toast')
where a.application_name = $1 and a.datname = current_database() and a.pid <> pg_backend_pid())";

constexpr const char* k_anybody_waits = "select exists (select from pg_catalog.pg_locks where not granted)";

// waitstart came with server 14; before it, the statement's own start is the least that is known.
constexpr const char* k_waiting = R"(
with waiting as materialized (
    select distinct on (l.pid) l.pid, l.locktype, l.relation, (to_jsonb(l)->>'waitstart')::timestamptz as since
    from pg_catalog.pg_locks l where not l.granted order by l.pid)
select w.pid, a.application_name = $1 as ours, pg_catalog.pg_blocking_pids(w.pid),
       case when w.locktype = 'relation' and c.relkind in ('i', 'I') then 'index "' || c.relname || '"'
            when w.locktype = 'relation' then 'table "' || coalesce(c.relname, '?') || '"'
            when w.locktype = 'transactionid' then 'a row that another transaction changed'
            when w.locktype = 'virtualxid' then 'transactions that began before'
            else w.locktype end,
       (select string_agg(format('held for %s s by pid %s (%s, application "%s")',
                                 coalesce(extract(epoch from clock_timestamp() - b.xact_start)::bigint::text, '?'), b.pid,
                                 coalesce(b.state, 'state not readable'), b.application_name), '; ' order by b.xact_start)
        from pg_catalog.pg_stat_activity b where b.pid = any(pg_catalog.pg_blocking_pids(w.pid))),
       format('pid %s (role %s, application "%s")', w.pid, a.usename, a.application_name),
       left(a.query, 1000),
       coalesce(greatest(0, extract(epoch from clock_timestamp() - coalesce(w.since, a.query_start)) * 1000)::bigint, 0)
from waiting w
join pg_catalog.pg_stat_activity a on a.pid = w.pid and a.datname = current_database() and a.pid <> pg_backend_pid()
left join pg_catalog.pg_class c on c.oid = w.relation)";

constexpr const char* k_progress = R"(
select format('%s on %s: %s%s', coalesce('index "' || i.relname || '"', 'an index'), coalesce(t.relname, '?'), p.phase,
              case when p.blocks_total > 0 then format(', %s %%', 100 * p.blocks_done / p.blocks_total)
                   when p.tuples_total > 0 then format(', %s %%', 100 * p.tuples_done / p.tuples_total)
                   when p.lockers_total > 0 then format(', %s of %s transactions are over', p.lockers_done, p.lockers_total)
                   else '' end)
from pg_catalog.pg_stat_progress_create_index p
join pg_catalog.pg_stat_activity a on a.pid = p.pid and a.application_name = $1
left join pg_catalog.pg_class t on t.oid = p.relid left join pg_catalog.pg_class i on i.oid = p.index_relid
where p.datname = current_database()
union all
select format('table %s: %s, %s', coalesce(t.relname, '?'), lower(p.command), p.phase) ||
       case when p.heap_blks_total > 0 then format(', %s %%', 100 * p.heap_blks_scanned / p.heap_blks_total) else '' end
from pg_catalog.pg_stat_progress_cluster p
join pg_catalog.pg_stat_activity a on a.pid = p.pid and a.application_name = $1
left join pg_catalog.pg_class t on t.oid = p.relid
where p.datname = current_database())";

struct Found {
    WaitingBackend backend;
    std::vector<std::string> blockers;
};

std::vector<Found> waiting_backends(Session& session, const std::string& application_name) {
    std::vector<Found> all;
    for (const auto& row : session.query(k_waiting, {application_name})) {
        WaitingBackend backend;
        backend.pid = std::stoi(*row[0]);
        backend.ours = row[1] == "t";
        backend.what = row[3].value_or("");
        backend.holders = row[4].value_or("");
        backend.who = row[5].value_or("");
        backend.statement = shown_statement(row[6].value_or(""));
        backend.waited = std::chrono::milliseconds(std::stoll(row[7].value_or("0")));
        all.push_back({std::move(backend), parse_array(row[2].value_or("{}"))});
    }
    return all;
}

/// Whoever waits for one of ours, and whoever waits for them.
void mark_queue(std::vector<Found>& all, std::set<std::string> in_the_way) {
    for (bool more = true; more;) {
        more = false;
        for (auto& [backend, blockers] : all) {
            if (backend.ours || backend.behind_us) continue;
            backend.behind_us = std::any_of(blockers.begin(), blockers.end(),
                                            [&](const auto& pid) { return in_the_way.count(pid) != 0; });
            if (!backend.behind_us) continue;
            in_the_way.insert(std::to_string(backend.pid));
            more = true;
        }
    }
}

}  // namespace

LockPicture look_at_locks(Session& session, const std::string& application_name) {
    LockPicture picture;
    for (const auto& row : session.query(k_own, {application_name}))
        picture.own.push_back({std::stoi(*row[0]), row[1].value_or(""), row[2].value_or(""), row[3] == "t"});
    if (session.value(k_anybody_waits) != "t") return picture;

    auto all = waiting_backends(session, application_name);
    std::set<std::string> ours;
    for (const auto& row : session.query("select pid from pg_catalog.pg_stat_activity where application_name = $1 "
                                         "and datname = current_database() and pid <> pg_backend_pid()",
                                         {application_name}))
        ours.insert(row[0].value_or(""));
    mark_queue(all, ours);
    for (auto& found : all)
        if (found.backend.ours || found.backend.behind_us) picture.waiting.push_back(std::move(found.backend));
    return picture;
}

std::vector<std::string> progress_of(Session& session, const std::string& application_name) {
    std::vector<std::string> lines;
    for (const auto& row : session.query(k_progress, {application_name})) lines.push_back(row[0].value_or(""));
    return lines;
}

}  // namespace lastgood
