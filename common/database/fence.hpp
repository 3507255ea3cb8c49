#pragma once

#include "database/connection_url.hpp"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Session;
class Interruption;

/// Keeping writers out for the window from capture to verdict.

/// How long the owner of a closed fence may be gone before the watchdog lifts it.
constexpr std::chrono::seconds k_fence_grace{15};

/// What has to be known to lift a fence again; kept in the run's record before the fence goes up.
struct RaisedFence {
    std::string kind;  ///< "closed" or "read_only"
    std::string database;
    std::vector<std::string> roles;  ///< closed: those that could log in before and may again
    /// read_only: the entry of default_transaction_read_only in ALTER DATABASE ... SET before; none: there was none
    std::optional<std::string> read_only_before;
};

/// Looks whether `closed` can be had. Failure (3): no such role, a role that is ours (`own_role`, or the admin's: it
/// would lock itself out), a superuser among them, no right to alter a role, backends of theirs that we may not end.
/// Returns what raise_fence is to do; changes nothing.
RaisedFence plan_closed_fence(Session& admin, const std::string& database, const std::vector<std::string>& roles,
                              const std::string& own_role);
RaisedFence plan_read_only_fence(Session& admin, const std::string& database);

/// The watchdog of a closed fence: a backend of the server itself that lifts the fence when `deadline` has passed or,
/// k_fence_grace after it has seen the backend of `owner` gone: our runner can be killed and the application still gets
/// its roles back. It survives the death of its client. It is marked "<work_prefix>.../watchdog" in pg_stat_activity.
class FenceWatchdog {
  public:
    /// Arms it; returns when the server runs it. Throws Failure (3) if it cannot be armed.
    FenceWatchdog(const ConnectionUrl& admin, const std::string& application_name, const RaisedFence& fence,
                  const Session& owner, std::chrono::milliseconds deadline, Interruption& interruption,
                  std::chrono::milliseconds grace = k_fence_grace);
    ~FenceWatchdog();  ///< closes the connection; the backend ends by itself once it sees the fence lifted
    /// False once it has ended (the deadline passed, someone ended it).
    bool alive();

  private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// Arm the watchdog first. closed: NOLOGIN for each role, then their backends in `database` ended and waited for.
/// read_only: the database's default set, others' backends ended so that they come back with it.
void raise_fence(Session& admin, const RaisedFence& fence);
/// Puts back what was; may be called again and by any later program. Watchdogs of `scope_prefix` are ended. True if
/// something was still fenced.
bool lift_fence(Session& admin, const RaisedFence& fence, const std::string& scope_prefix);
/// Whether it is up now, entirely.
bool fence_is_up(Session& admin, const RaisedFence& fence);

}  // namespace lastgood
