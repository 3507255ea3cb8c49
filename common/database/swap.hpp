#pragma once

#include "database/beside.hpp"
#include "database/connection_url.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace lastgood {

class Session;
class Interruption;

/// The swap: the live database goes aside and the standby takes its name. Fence (no connections), end backends one by
/// one, rename both in one transaction, open. All of it within `limit`; if it is not done by then the live database is
/// opened again under its own name and Failure (4) says who was in the way. There is no store access inside.
struct SwapOrder {
    std::string live;        ///< name that the application knows
    std::uint32_t live_oid;  ///< must still be this database: looked at again inside
    std::string standby;     ///< name of the database that takes its place
    std::uint32_t standby_oid;
    /// Name that the live one gets; "": both keep their names, and whoever uses them has to be told of the other one.
    std::string aside;
    DatabaseMark aside_mark;
    int connection_limit = -1;           ///< that the returned database gets (the original's, read before any fence)
    std::optional<std::string> comment;  ///< likewise
    std::uint64_t sequence_margin = 1000;
    std::chrono::milliseconds limit{10000};
    /// Asked inside the fence, when no foreign backend is left, with a session in the live database that was opened
    /// before: false calls the swap off (the database is opened again). Must be quick.
    std::function<bool(Session& live)> last_look;
};

struct SwapResult {
    bool done = false;
    bool called_off = false;              ///< last_look said no
    std::chrono::milliseconds fenced{0};  ///< how long nobody could connect
    int ended_backends = 0;
    int sequences_moved = 0;
};

/// Runs from the maintenance database. Before the fence: a server-side expiry is armed (a backend that opens `live`
/// again when `limit` has passed, even if we are dead), sessions into both databases are opened, every backend is
/// looked at for whether it can be ended (Failure 4, nothing changed, if not). Inside: every sequence of the standby is
/// moved beyond the greater of both plus the margin. After a crash at any point either both names are as before
/// (perhaps fenced, see lift_connection_fence) or both are swapped.
SwapResult swap_databases(const ConnectionUrl& maintenance, const std::string& application_name, const SwapOrder& order,
                          Interruption& interruption);

/// Opens what was swapped out to superusers, for looking at. The swap does it; the next program, if it was killed
/// before.
void open_aside(Session& session, const std::string& aside);

/// Opens `database` again if an interrupted swap left it without connections. True if it was closed.
bool lift_connection_fence(Session& session, const std::string& database);

}  // namespace lastgood
