#pragma once

#include "core/facts.hpp"
#include "outside/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// Which database the session is in.
DatabaseIdentity identify(Session& session);
/// The server's clock.
Time server_time(Session& session);
/// pg_current_snapshot() as text ("xmin:xmax:xip,..."), its open transactions with their subtransactions; needs server
/// 13.
std::string current_snapshot(Session& session);
std::uint64_t database_size(Session& session, const std::string& database);
/// All databases of the server together.
std::uint64_t cluster_size(Session& session);
/// The databases of the server beside `known`, templates and copies of ours, sorted.
std::vector<std::string> other_databases(Session& session, const std::vector<std::string>& known);

/// What the role of this session may do, as far as our steps need it.
struct RoleFacts {
    std::string name;
    bool superuser = false;
    bool createdb = false;
    bool may_signal_backends = false;  ///< pg_signal_backend or superuser
    bool owns_database = false;        ///< member of the owner of the session's database
    bool reads_all_stats = false;
};
RoleFacts role_facts(Session& session);

/// Free bytes on the disk of the server's data directory; none unless the server is on this machine, the role may read
/// data_directory and so may we.
std::optional<std::uint64_t> server_free_space(Session& session);

/// The names of unfinished_indexes().
std::vector<std::string> invalid_indexes(Session& session);

/// Things dangers.md names that can stand in a run's way; each entry is a sentence for `check`. Reading only.
struct Obstacle {
    std::string id;  ///< "prepared_transactions", "subscriptions", "replicas", "foreign_slots", "bound_extensions",
                     ///< "pooler", "package_mismatch", "rls", "wal_budget"
    std::string sentence;
    bool forbids_swap = false;
};
std::vector<Obstacle> obstacles(Session& session);
/// From where on something stands in a migration's way.
struct ObstacleLimits {
    std::chrono::seconds old_transaction{60};  ///< longer than a lock is tried for, nearly
    int tables_of_a_dump = 50;                 ///< who has locks on as many is dumping, whatever it is called
    std::uint64_t much_wal = 256ULL << 20;     ///< bytes that a replica or a slot is behind
};
/// What stands in a migration's way now: "dumps", "old_transactions", "lagging_replicas", "lagging_slots",
/// "invalid_indexes", "not_ours", "little_room". Reading only.
std::vector<Obstacle> migration_obstacles(Session& session, const ObstacleLimits& limits = {});

}  // namespace lastgood
