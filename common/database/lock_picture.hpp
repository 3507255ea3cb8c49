#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A lock that a backend of ours has, or waits for. AccessShareLock, which keeps nobody out but a schema change, and
/// locks of system tables are left out.
struct OwnLock {
    int pid = 0;
    std::string table;  ///< "public.orders"; indexes too
    std::string mode;   ///< "AccessExclusiveLock"
    bool granted = false;
};

/// A backend that waits for a lock.
struct WaitingBackend {
    int pid = 0;
    bool ours = false;
    bool behind_us = false;  ///< one of ours is in its way, or somebody who waits for one of ours
    std::string what;        ///< `table "person"`
    /// `held for 41 s by pid 991 (idle in transaction, application "reports")`; "" if it cannot be seen.
    std::string holders;
    std::string who;        ///< `pid 992 (role app, application "web")`
    std::string statement;  ///< without its literals
    std::chrono::milliseconds waited{0};
};

struct LockPicture {
    std::vector<OwnLock> own;
    std::vector<WaitingBackend> waiting;  ///< ours, and those behind us
};

/// What the backends named `application_name` in the session's database (but this one) hold and wait for, and who waits
/// for them.
LockPicture look_at_locks(Session& session, const std::string& application_name);

/// How far they are with what tells it, as sentences: `index "orders_total" on orders: building index: scanning table,
/// 40 %`.
std::vector<std::string> progress_of(Session& session, const std::string& application_name);

}  // namespace lastgood
