// What stands in a migration's way at this moment, or will once it runs.
#include "core/quantity.hpp"
#include "database/server.hpp"
#include "database/session.hpp"

#include <functional>

namespace lastgood {
namespace {

std::vector<Obstacle> each_row(Session& session, const std::string& id, const std::string& sql,
                               const std::vector<std::string>& parameters = {}) {
    std::vector<Obstacle> found;
    for (const auto& row : session.query(sql, parameters)) found.push_back({id, row[0].value_or(""), false});
    return found;
}

std::vector<Obstacle> dumps(Session& session, const ObstacleLimits& limits) {
    return each_row(
        session, "dumps",
        "select format('pid %s (role %s, application \"%s\") has held locks on %s tables for %s s, as a dump does: a "
        "change of their schema waits for its end, and whoever reads them waits behind', a.pid, a.usename, "
        "a.application_name, count(*), coalesce(extract(epoch from clock_timestamp() - a.xact_start)::bigint::text, "
        "'?')) "
        "from pg_catalog.pg_stat_activity a join pg_catalog.pg_locks l on l.pid = a.pid and l.locktype = 'relation' "
        "and l.granted "
        "join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p') and c.relnamespace <> "
        "'pg_catalog'::regnamespace "
        "where a.datname = current_database() and a.pid <> pg_backend_pid() and a.application_name not like "
        "'lastgood/%' "
        "group by a.pid, a.usename, a.application_name, a.xact_start "
        "having count(*) >= $1::int or a.application_name = 'pg_dump' order by a.pid",
        {std::to_string(limits.tables_of_a_dump)});
}

std::vector<Obstacle> old_transactions(Session& session, const ObstacleLimits& limits) {
    return each_row(
        session, "old_transactions",
        "select format('pid %s (role %s, application \"%s\") has a transaction open for %s s (%s)%s', pid, usename, "
        "application_name, extract(epoch from clock_timestamp() - xact_start)::bigint, state, "
        "coalesce((select ', with locks on ' || string_agg(distinct c.relname, ', ') from pg_catalog.pg_locks l "
        "join pg_catalog.pg_class c on c.oid = l.relation and c.relkind in ('r', 'p') and c.relnamespace <> "
        "'pg_catalog'::regnamespace "
        "where l.pid = a.pid and l.granted having count(distinct c.relname) between 1 and 10), '')) "
        "from pg_catalog.pg_stat_activity a where datname = current_database() and pid <> pg_backend_pid() "
        "and application_name not like 'lastgood/%' and backend_type = 'client backend' "
        "and clock_timestamp() - xact_start > make_interval(secs => $1::int) order by pid",
        {std::to_string(limits.old_transaction.count())});
}

std::vector<Obstacle> lagging_replicas(Session& session, const ObstacleLimits& limits) {
    return each_row(
        session, "lagging_replicas",
        "select format('replica \"%s\" (%s) is %s behind%s: a migration that writes much takes it further back', "
        "application_name, coalesce(host(client_addr), 'local'), "
        "pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn)), "
        "coalesce(' (' || extract(epoch from replay_lag)::bigint || ' s)', '')) from pg_catalog.pg_stat_replication "
        "where not pg_is_in_recovery() and (pg_wal_lsn_diff(pg_current_wal_lsn(), replay_lsn) > $1::bigint or "
        "replay_lag > interval '10 s') order by pid",
        {std::to_string(limits.much_wal)});
}

std::vector<Obstacle> lagging_slots(Session& session, const ObstacleLimits& limits) {
    return each_row(
        session, "lagging_slots",
        "select format('replication slot \"%s\" (%s) keeps %s of WAL on the disk: a migration that writes much adds to "
        "it', slot_name, case when active then 'in use' else 'not in use' end, "
        "pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn))) from pg_catalog.pg_replication_slots "
        "where not pg_is_in_recovery() and pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > $1::bigint order by "
        "slot_name",
        {std::to_string(limits.much_wal)});
}

std::vector<Obstacle> invalid(Session& session, const ObstacleLimits& /*limits*/) {
    std::vector<Obstacle> found;
    for (const auto& index : invalid_indexes(session))
        found.push_back({"invalid_indexes",
                         "index " + index +
                             " is invalid: IF NOT EXISTS would take it for a good one; DROP INDEX "
                             "CONCURRENTLY it, or REINDEX INDEX CONCURRENTLY",
                         false});
    return found;
}

std::vector<Obstacle> tables_of_others(Session& session, const ObstacleLimits& /*limits*/) {
    return each_row(
        session, "not_ours",
        "select format('role \"%s\" does not own %s (%s%s): a migration of its schema fails there', current_user, "
        "case count(*) when 1 then '1 table' else count(*) || ' tables' end, "
        "(array_to_string((array_agg(format('%s.%s', n.nspname, c.relname) order by n.nspname, c.relname))[1:3], ', "
        "')), "
        "case when count(*) > 3 then ', ...' else '' end) "
        "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
        "where c.relkind in ('r', 'p') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' "
        "and not pg_has_role(c.relowner, 'USAGE') "
        "and not exists (select from pg_catalog.pg_depend d where d.objid = c.oid and d.deptype = 'e') having count(*) "
        "> 0");
}

/// A rewrite needs the table once more, with its indexes.
std::vector<Obstacle> little_room(Session& session, const ObstacleLimits& /*limits*/) {
    const auto free = server_free_space(session);
    if (!free) return {};
    const Rows rows = session.query(
        "select format('%s.%s', n.nspname, c.relname), pg_catalog.pg_total_relation_size(c.oid) from "
        "pg_catalog.pg_class c "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'm') and n.nspname !~ "
        "'^pg_' "
        "order by c.relpages desc limit 1");
    if (rows.empty()) return {};
    const auto size = std::stoull(rows[0][1].value_or("0"));
    if (size + size / 5 < *free) return {};
    return {{"little_room",
             "the server's disk has " + say_size(*free) + " free, and the largest table, " + rows[0][0].value_or("?") +
                 ", has " + say_size(size) + ": a migration that rewrites it would fill the disk",
             false}};
}

}  // namespace

std::vector<Obstacle> migration_obstacles(Session& session, const ObstacleLimits& limits) {
    std::vector<Obstacle> all;
    for (const auto& look :
         {dumps, old_transactions, lagging_replicas, lagging_slots, invalid, tables_of_others, little_room}) {
        try {
            for (Obstacle& obstacle : look(session, limits)) all.push_back(std::move(obstacle));
        } catch (const DatabaseError& error) {
            // What a role may not look at is no obstacle that we know of.
            if (error.sqlstate() != "42501") throw;
        }
    }
    return all;
}

}  // namespace lastgood
