#include "database/change_measure.hpp"

#include "database/session.hpp"
#include "outside/interruption.hpp"

#include <chrono>

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_patience{10};
constexpr std::chrono::milliseconds k_pause{10};
/// Before server 15 a process collects what backends report, and may be half a second behind.
constexpr int k_shared_statistics = 150000;
constexpr std::chrono::milliseconds k_collector_delay{600};

void wait_for_others(Session& session, const std::string& application_name) {
    const auto until = std::chrono::steady_clock::now() + k_patience;
    const char* const others =
        "select exists (select from pg_catalog.pg_stat_activity where datname = current_database() "
        "and application_name = $1)";
    while (session.value(others, {application_name}) == "t" && std::chrono::steady_clock::now() < until)
        session.interruption().wait(k_pause);
    if (session.server_version() < k_shared_statistics) session.interruption().wait(k_collector_delay);
    session.execute("select pg_catalog.pg_stat_clear_snapshot()");
}

std::uint64_t bytes_of(const std::string& position) {
    const auto slash = position.find('/');
    if (slash == std::string::npos) return 0;
    return (std::stoull(position.substr(0, slash), nullptr, 16) << 32U) +
           std::stoull(position.substr(slash + 1), nullptr, 16);
}

std::uint64_t more(std::uint64_t before, std::uint64_t after) {
    return after > before ? after - before : 0;
}

}  // namespace

DatabaseState look_at_state(Session& session, const std::string& application_name) {
    wait_for_others(session, application_name);
    DatabaseState state;
    state.wal_position = session.value("select pg_catalog.pg_current_wal_insert_lsn()::text").value_or("");
    for (const auto& row :
         session.query("select c.oid, format('%s.%s', n.nspname, c.relname), "
                       "coalesce(pg_catalog.pg_relation_filenode(c.oid), 0), "
                       "coalesce(s.n_tup_ins, 0), coalesce(s.n_tup_upd, 0), coalesce(s.n_tup_del, 0) "
                       "from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace "
                       "left join pg_catalog.pg_stat_all_tables s on s.relid = c.oid "
                       "where c.relkind in ('r', 'p', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' "
                       "and n.nspname <> 'information_schema'")) {
        state.tables.emplace(
            static_cast<std::uint32_t>(std::stoul(row[0].value())),
            DatabaseState::Table{row[1].value(), static_cast<std::uint32_t>(std::stoul(row[2].value())),
                                 std::stoull(row[3].value()), std::stoull(row[4].value()),
                                 std::stoull(row[5].value())});
    }
    return state;
}

Change change_between(const DatabaseState& before, const DatabaseState& after) {
    Change change;
    change.wal = more(bytes_of(before.wal_position), bytes_of(after.wal_position));
    for (const auto& [oid, table] : before.tables)
        if (after.tables.count(oid) == 0) change.dropped.push_back(table.name);
    for (const auto& [oid, table] : after.tables) {
        const auto known = before.tables.find(oid);
        const DatabaseState::Table earlier = known == before.tables.end() ? DatabaseState::Table{} : known->second;
        if (known == before.tables.end()) change.created.push_back(table.name);
        if (known != before.tables.end() && earlier.filenode != table.filenode) change.rewritten.push_back(table.name);
        const Change::Rows rows{table.name, more(earlier.inserted, table.inserted),
                                more(earlier.updated, table.updated), more(earlier.deleted, table.deleted)};
        if (rows.inserted + rows.updated + rows.deleted > 0) change.rows.push_back(rows);
    }
    return change;
}

}  // namespace lastgood
