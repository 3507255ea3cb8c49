#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A physical replica that is connected to this server.
struct Replica {
    int pid = 0;       ///< of the backend that sends to it
    std::string name;  ///< "standby1 (10.0.0.7)"
    bool readable = false;
    bool replayed = false;    ///< everything up to the position that was asked about
    std::uint64_t bytes = 0;  ///< of WAL that it has not replayed yet, by its newest answer
    std::string answered;     ///< when that was, by its own clock: another text is another answer
};

/// The WAL's end as it is now: "0/3000060".
std::string wal_position(Session& session);
/// By pid; neither backups nor subscribers. A role that may not see a replica's state (it is no member of pg_monitor)
/// finds it not readable.
std::vector<Replica> replicas(Session& session, const std::string& position);

struct SlotWal {
    std::string name;
    std::optional<std::uint64_t> kept;  ///< bytes of WAL that it keeps; none: it has none (it was never used)
    bool lost = false;                  ///< what it needed was removed
};
std::vector<SlotWal> slots_wal(Session& session);

}  // namespace lastgood
