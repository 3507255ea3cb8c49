#include "database/replication.hpp"

#include "database/session.hpp"

namespace lastgood {

namespace {

/// One that only receives, and replays nothing, has what it flushed.
constexpr const char* k_replicas =
    "select pid, format('%s (%s)', application_name, coalesce(host(client_addr), 'local')), state is not null, "
    "coalesce(coalesce(replay_lsn, flush_lsn) >= $1::pg_lsn, false), "
    "greatest(coalesce(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), coalesce(replay_lsn, flush_lsn)), "
    "0), 0), "
    "coalesce(reply_time::text, '') from pg_catalog.pg_stat_replication r "
    "where not exists (select from pg_catalog.pg_replication_slots s where s.active_pid = r.pid and s.slot_type = "
    "'logical') "
    "and coalesce(state, '') <> 'backup' order by pid";

constexpr const char* k_slots =
    "select slot_name, greatest(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), restart_lsn), 0), "
    "coalesce(wal_status = 'lost', false) from pg_catalog.pg_replication_slots where not temporary order by slot_name";

}  // namespace

std::string wal_position(Session& session) {
    return session.value("select pg_catalog.pg_current_wal_lsn()::text").value_or("");
}

std::vector<Replica> replicas(Session& session, const std::string& position) {
    std::vector<Replica> found;
    for (const auto& row : session.query(k_replicas, {position})) {
        found.push_back({std::stoi(*row[0]), row[1].value_or(""), row[2] == "t", row[3] == "t", std::stoull(*row[4]),
                         row[5].value_or("")});
    }
    return found;
}

std::vector<SlotWal> slots_wal(Session& session) {
    std::vector<SlotWal> slots;
    for (const auto& row : session.query(k_slots)) {
        SlotWal& slot = slots.emplace_back();
        slot.name = row[0].value_or("");
        if (row[1]) slot.kept = std::stoull(*row[1]);
        slot.lost = row[2] == "t";
    }
    return slots;
}

}  // namespace lastgood
