#include "database/lock_waits.hpp"

#include "database/session.hpp"
#include "database/shown_statement.hpp"

namespace lastgood {

namespace {

constexpr int k_first_version_with_waitstart = 140000;
constexpr std::size_t k_shown = 200;  // octets of a query

/// Before PostgreSQL 14 nobody wrote down when a wait began: the statement's begin is the earliest it can have been.
std::string waits_sql(const Session& session) {
    const std::string since = session.server_version() >= k_first_version_with_waitstart
                                  ? "coalesce(l.waitstart, a.query_start)"
                                  : "a.query_start";
    return "select a.pid, format('pid %s (application \"%s\")', a.pid, a.application_name), "
           "case when l.locktype in ('transactionid', 'tuple') then 'a row that another transaction changed' "
           "when n.nspname is not null then n.nspname || '.' || c.relname else l.locktype end, "
           "floor(extract(epoch from clock_timestamp() - " +
           since +
           ") * 1000)::bigint, a.query from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid "
           "left join pg_catalog.pg_class c on c.oid = l.relation and l.database = a.datid "
           "left join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
           "where not l.granted and l.locktype <> 'advisory' and a.datname = pg_catalog.current_database() "
           "and clock_timestamp() - " +
           since + " > $1::bigint * interval '1 millisecond' order by 4 desc, 1";
}

constexpr const char* k_holders =
    "select case when h.pid = 0 then 'a prepared transaction' else format('pid %s (%s, application \"%s\")', h.pid, "
    "coalesce(a.state, 'state not readable'), a.application_name) end, a.query "
    "from unnest(pg_catalog.pg_blocking_pids($1::int)) h (pid) "
    "left join pg_catalog.pg_stat_activity a on a.pid = h.pid group by h.pid, a.state, a.application_name, a.query "
    "order by h.pid";

}  // namespace

std::vector<LockWait> lock_waits(Session& session, std::chrono::milliseconds longer_than) {
    std::vector<LockWait> waiting;
    for (const auto& row : session.query(waits_sql(session), {std::to_string(longer_than.count())})) {
        LockWait& backend = waiting.emplace_back();
        backend.who = row[1].value_or("");
        backend.what = row[2].value_or("");
        backend.waited = std::chrono::milliseconds(std::stoll(row[3].value_or("0")));
        backend.query = shown_statement(row[4].value_or(""), k_shown);
        for (const auto& holder : session.query(k_holders, {*row[0]})) {
            const std::string query = shown_statement(holder[1].value_or(""), k_shown);
            backend.holders.push_back(holder[0].value_or("") + (query.empty() ? "" : ": " + query));
        }
    }
    return waiting;
}

}  // namespace lastgood
