#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A backend of this database that waits for a lock, and those that hold it; queries without their literals.
struct LockWait {
    std::string who;   ///< "pid 812 (application "web")"
    std::string what;  ///< "public.orders", "a row that another transaction changed"
    std::chrono::milliseconds waited{0};
    std::string query;
    std::vector<std::string> holders;  ///< "pid 991 (idle in transaction, application "reports"): select ..."
};

/// Those that have waited longer than this, the longest first. Advisory locks do not count: to wait for one is often
/// what an application wants.
std::vector<LockWait> lock_waits(Session& session, std::chrono::milliseconds longer_than);

}  // namespace lastgood
