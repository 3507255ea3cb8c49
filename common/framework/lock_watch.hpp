#pragma once

#include "database/connection_url.hpp"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lastgood {

class Interruption;

/// What a backend waits for, and who has it.
struct LockWait {
    std::string what;  ///< `table "person"`
    std::string
        holders;  ///< `held for 41 s by pid 991 (idle in transaction, application "reports")`, "" if it cannot be seen
};

/// Looks, from a thread and a connection of its own, what the backends of `application_name` wait for: after a lock
/// timeout it is too late to ask. Where it cannot look (no connection left), it sees nothing; it never disturbs the
/// migration.
class LockWatch {
  public:
    LockWatch(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption);
    ~LockWatch();
    LockWatch(const LockWatch&) = delete;
    LockWatch& operator=(const LockWatch&) = delete;

    /// From now on the backend `pid` is cancelled, again and again, once `deadline` has passed.
    void cancel_after(int pid, std::chrono::steady_clock::time_point deadline);
    bool cancelled() const;
    std::optional<LockWait> last_wait() const;

  private:
    void look_until_stopped(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption);

    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stop = false;
    int m_pid = 0;
    std::chrono::steady_clock::time_point m_deadline{};
    bool m_cancelled = false;
    std::optional<LockWait> m_last;
    std::thread m_thread;
};

}  // namespace lastgood
