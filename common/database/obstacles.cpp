#include "core/quantity.hpp"
#include "database/server.hpp"
#include "database/session.hpp"

#include <filesystem>
#include <functional>

namespace lastgood {
namespace {

/// Of each row of `sql`: its first column as the sentence.
std::vector<Obstacle> each_row(Session& session, const std::string& id, bool forbids_swap, const std::string& sql) {
    std::vector<Obstacle> found;
    for (const auto& row : session.query(sql)) found.push_back({id, row[0].value_or(""), forbids_swap});
    return found;
}

std::vector<Obstacle> prepared_transactions(Session& session) {
    return each_row(
        session, "prepared_transactions", true,
        "select format('prepared transaction %L of %s, from %s: the database can be neither renamed nor dropped "
        "before it is committed or rolled back', gid, owner, prepared) "
        "from pg_catalog.pg_prepared_xacts where database = current_database() order by gid");
}

std::vector<Obstacle> subscriptions(Session& session) {
    return each_row(
        session, "subscriptions", true,
        "select format('subscription %I: copies leave it out, so it would stay with the database that is swapped "
        "out', subname) from pg_catalog.pg_subscription where subdbid = (select oid from pg_catalog.pg_database "
        "where datname = current_database()) order by subname");
}

std::vector<Obstacle> replicas(Session& session) {
    return each_row(
        session, "replicas", false,
        "select format('replica %L (%s): after a swap, sessions that are open there go on reading the database "
        "that was swapped out', application_name, coalesce(host(client_addr), 'local')) "
        "from pg_catalog.pg_stat_replication r where not exists (select from pg_catalog.pg_replication_slots s "
        "where s.active_pid = r.pid and s.slot_type = 'logical') "
        "and coalesce(state, '') <> 'backup' order by pid");
}

std::vector<Obstacle> foreign_slots(Session& session) {
    return each_row(session, "foreign_slots", false,
                    "select format('logical replication slot %I (%s): it stays with the database that is swapped out', "
                    "slot_name, case when active then 'in use' else 'not in use' end) "
                    "from pg_catalog.pg_replication_slots where slot_type = 'logical' and not temporary "
                    "and database = current_database() order by slot_name");
}

std::vector<Obstacle> bound_extensions(Session& session) {
    return each_row(
        session, "bound_extensions", true,
        "select format('extension %I is bound to this database by name or by a background worker: a copy "
        "cannot carry it and it is dead after a swap', extname) from pg_catalog.pg_extension "
        "where extname in ('pg_cron', 'timescaledb', 'pglogical', 'bdr', 'pg_partman_bgw', 'pgagent', 'citus', "
        "'pg_squeeze', 'pg_failover_slots') order by extname");
}

/// A pooler answers with a key of its own where the server says which backend it is.
std::vector<Obstacle> pooler(Session& session) {
    if (std::stoi(*session.value("select pg_catalog.pg_backend_pid()")) == session.backend_pid()) return {};
    return {{"pooler",
             "the connection goes through a pooler: locks and settings do not hold there, and its server_login_retry "
             "makes a swap "
             "a gap of up to 15 s; give the server's own address",
             false}};
}

/// The kernel marks the program of a running process that was replaced on disk.
std::vector<Obstacle> package_mismatch(Session& session) {
    const auto local = session.value("select coalesce(inet_server_addr() = inet_client_addr(), true)");
    if (local != "t") return {};
    const auto pid = *session.value("select pg_catalog.pg_backend_pid()");
    std::error_code unreadable;
    const std::string program = std::filesystem::read_symlink("/proc/" + pid + "/exe", unreadable).string();
    if (!program.ends_with("/postgres (deleted)")) return {};
    return {{"package_mismatch",
             "the server's package was upgraded while it runs: new sessions can fail until the server is restarted",
             true}};
}

std::vector<Obstacle> row_security(Session& session) {
    return each_row(
        session, "rls", false,
        "select format('table %I.%I hides rows from role %I by row-level security: it can be neither captured "
        "nor compared by it', n.nspname, c.relname, current_user) from pg_catalog.pg_class c "
        "join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r', 'p') "
        "and c.relrowsecurity and row_security_active(c.oid) order by n.nspname, c.relname");
}

/// A copy of the database is written to the WAL once more.
std::vector<Obstacle> wal_budget(Session& session) {
    const Rows rows = session.query(
        "select (select count(*) from pg_catalog.pg_replication_slots where not temporary), "
        "(select setting::bigint from pg_catalog.pg_settings where name = 'max_slot_wal_keep_size'), "
        "pg_catalog.pg_database_size(current_database())");
    const auto slots = std::stoull(*rows[0][0]);
    const long long kept = std::stoll(rows[0][1].value_or("-1"));
    const auto size = std::stoull(*rows[0][2]);
    constexpr std::uint64_t k_megabyte = std::uint64_t{1} << 20;
    if (slots == 0 || (kept >= 0 && static_cast<std::uint64_t>(kept) * k_megabyte > size)) return {};
    const std::string consequence =
        kept < 0 ? "the slots keep all of it on the disk until their readers have it"
                 : "slots are invalidated beyond " + say_size(static_cast<std::uint64_t>(kept) * k_megabyte);
    return {{"wal_budget",
             "restoring a copy writes about " + say_size(size) + " of WAL with " +
                 say_count(slots, "replication slot") + " present: " + consequence,
             false}};
}

/// What a role may not look at is no obstacle that we know of.
std::vector<Obstacle> as_far_as_allowed(Session& session, const std::function<std::vector<Obstacle>(Session&)>& look) {
    try {
        return look(session);
    } catch (const DatabaseError& error) {
        if (error.sqlstate() != "42501") throw;
        return {};
    }
}

}  // namespace

std::vector<Obstacle> obstacles(Session& session) {
    std::vector<Obstacle> all;
    for (const auto& look : {prepared_transactions, subscriptions, replicas, foreign_slots, bound_extensions, pooler,
                             package_mismatch, row_security, wal_budget}) {
        for (Obstacle& obstacle : as_far_as_allowed(session, look)) all.push_back(std::move(obstacle));
    }
    return all;
}

}  // namespace lastgood
