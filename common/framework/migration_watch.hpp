#pragma once

#include "database/connection_url.hpp"
#include "database/lock_picture.hpp"

#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace lastgood {

class Console;
class Interruption;
class Session;

/// Looks, every 50 ms (or as ordered), from a thread and a connection of its own, what the migrator's backends wait
/// for, who waits for them, and which locks they hold; and cancels them when production has queued behind them too
/// long, or their time is over. A backend that catches that, and goes on, is terminated. Where it cannot look (no
/// connection left), it sees nothing; it never disturbs the migration.
class MigrationWatch {
  public:
    using Clock = std::chrono::steady_clock;
    struct Order {
        ConnectionUrl url;
        std::string application_name;            ///< of the migrator's connections
        std::chrono::milliseconds max_queue{0};  ///< 0: however long
        std::optional<Clock::time_point> deadline = std::nullopt;
        std::chrono::milliseconds interval{50};
    };
    enum class Cancelled { no, time_over, queue };
    /// A lock of the migrator's: the longest that it can have been held, too long by at most one interval.
    struct HeldLock {
        std::string table;
        std::string mode;
        std::chrono::milliseconds held{0};
    };

    MigrationWatch(Order order, Console& console, Interruption& interruption);
    ~MigrationWatch();
    MigrationWatch(const MigrationWatch&) = delete;
    MigrationWatch& operator=(const MigrationWatch&) = delete;

    /// The migrator is started (again): what was seen of its waiting and cancelling is forgotten.
    void begin_attempt();
    Cancelled cancelled() const;
    /// Cancelling was not enough: a backend of the migrator's was terminated.
    bool terminated() const;
    /// When it was cancelled for the queue: did it wait for a lock itself? Then nothing was done yet, and the lock may
    /// be free a moment later.
    bool was_waiting() const;
    /// What the migrator waited for last, in this attempt.
    std::optional<WaitingBackend> last_wait() const;
    /// Who waited behind it when it was cancelled.
    std::vector<WaitingBackend> queue() const;

    /// What somebody else saw, who knows better when to look.
    void take(const LockPicture& picture);
    /// Of all attempts since the last call of forget_locks().
    std::vector<HeldLock> locks() const;
    void forget_locks();
    std::chrono::milliseconds longest_queue() const;

  private:
    struct Span {
        Clock::time_point since;
        Clock::time_point seen;
    };
    struct Cancels {
        int count = 0;
        Clock::time_point first;
    };
    void look_until_stopped(Interruption& interruption);
    void take_in(const LockPicture& picture, Clock::time_point at);
    void note_locks(const LockPicture& picture, Clock::time_point at);
    Cancelled reason_to_cancel(Clock::time_point at) const;
    std::vector<std::string> heedless(Clock::time_point at) const;
    void cancel(Session& session, const std::vector<std::string>& heedless);
    void say_progress(Session& session, Clock::time_point at);

    Order m_order;
    Console& m_console;
    mutable std::mutex m_mutex;
    std::condition_variable m_wake;
    bool m_stop = false;
    Cancelled m_cancelled = Cancelled::no;
    bool m_terminated = false;
    std::map<std::string, Cancels> m_cancels;  ///< of this attempt, by the backend's pid
    bool m_was_waiting = false;
    std::optional<WaitingBackend> m_last_wait;
    std::vector<WaitingBackend> m_waiting;  ///< of the newest picture
    std::vector<WaitingBackend> m_queue;
    std::map<std::pair<int, std::string>, Span> m_held;  ///< pid, "mode table": held at this moment
    std::map<std::string, HeldLock> m_longest;           ///< "mode table"
    std::chrono::milliseconds m_longest_queue{0};
    Clock::time_point m_looked{};
    Clock::time_point m_told{};
    std::thread m_thread;
};

}  // namespace lastgood
