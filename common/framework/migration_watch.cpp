#include "framework/migration_watch.hpp"

#include "core/quantity.hpp"
#include "database/session.hpp"
#include "outside/console.hpp"

#include <algorithm>
#include <exception>

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_between_progress{1};
/// What still runs after so many, and after so long, has caught them.
constexpr int k_cancels = 3;
constexpr std::chrono::seconds k_time_to_heed{1};

/// "lastgood/1f2e.../migrate" is watched by "lastgood/1f2e.../watch", which later programs know how to end too.
std::string watcher_of(const std::string& application_name) {
    return application_name.substr(0, application_name.rfind('/') + 1) + "watch";
}

}  // namespace

MigrationWatch::MigrationWatch(Order order, Console& console, Interruption& interruption)
    : m_order(std::move(order)), m_console(console), m_looked(Clock::now()), m_thread([this, &interruption] {
          try {
              look_until_stopped(interruption);
          } catch (const std::exception&) {  // seeing nothing is allowed
          }
      }) {}

MigrationWatch::~MigrationWatch() {
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void MigrationWatch::look_until_stopped(Interruption& interruption) {
    Session session(m_order.url, watcher_of(m_order.application_name), interruption);
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, m_order.interval, [&] { return m_stop; })) {
        lock.unlock();
        const LockPicture picture = look_at_locks(session, m_order.application_name);
        const auto at = Clock::now();
        lock.lock();
        take_in(picture, at);
        const Cancelled reason = m_cancelled == Cancelled::no ? reason_to_cancel(at) : m_cancelled;
        if (reason == Cancelled::queue && m_cancelled == Cancelled::no) {
            m_was_waiting = std::any_of(picture.waiting.begin(), picture.waiting.end(),
                                        [](const auto& backend) { return backend.ours; });
            for (const auto& backend : picture.waiting)
                if (backend.behind_us) m_queue.push_back(backend);
        }
        m_cancelled = reason;
        const std::vector<std::string> pids = heedless(at);
        lock.unlock();
        // Again and again: between two statements there is nothing to cancel.
        if (reason != Cancelled::no) cancel(session, pids);
        if (at - m_told > k_between_progress) say_progress(session, at);
        lock.lock();
    }
}

void MigrationWatch::take_in(const LockPicture& picture, Clock::time_point at) {
    m_waiting = picture.waiting;
    for (const auto& backend : picture.waiting) {
        if (backend.ours) m_last_wait = backend;
        if (backend.behind_us) m_longest_queue = std::max(m_longest_queue, backend.waited);
    }
    note_locks(picture, at);
}

void MigrationWatch::note_locks(const LockPicture& picture, Clock::time_point at) {
    for (const auto& own : picture.own) {
        if (!own.granted) continue;
        const std::string name = own.mode + " " + own.table;
        // It may have been taken right after the last look.
        const auto [span, is_new] = m_held.try_emplace({own.pid, name}, Span{m_looked, at});
        span->second.seen = at;
        HeldLock& longest = m_longest.try_emplace(name, HeldLock{own.table, own.mode, {}}).first->second;
        const auto held = std::chrono::duration_cast<std::chrono::milliseconds>(at - span->second.since);
        longest.held = std::max(longest.held, held);
    }
    std::erase_if(m_held, [&](const auto& each) { return each.second.seen != at; });
    m_looked = at;
}

MigrationWatch::Cancelled MigrationWatch::reason_to_cancel(Clock::time_point at) const {
    if (m_order.deadline && at > *m_order.deadline) return Cancelled::time_over;
    if (m_order.max_queue.count() == 0) return Cancelled::no;
    const bool too_long = std::any_of(m_waiting.begin(), m_waiting.end(), [&](const auto& backend) {
        return backend.behind_us && backend.waited > m_order.max_queue;
    });
    return too_long ? Cancelled::queue : Cancelled::no;
}

/// The backends that were cancelled again and again, while the reason for it is still there.
std::vector<std::string> MigrationWatch::heedless(Clock::time_point at) const {
    std::vector<std::string> pids;
    if (reason_to_cancel(at) == Cancelled::no) return pids;
    for (const auto& [pid, cancels] : m_cancels)
        if (cancels.count >= k_cancels && at - cancels.first > k_time_to_heed) pids.push_back(pid);
    return pids;
}

void MigrationWatch::cancel(Session& session, const std::vector<std::string>& heedless) {
    const Rows told = session.query(
        "select pid, pid = any ($2::int[]), case when pid = any ($2::int[]) then "
        "pg_catalog.pg_terminate_backend(pid) else pg_catalog.pg_cancel_backend(pid) end from "
        "pg_catalog.pg_stat_activity where application_name = $1 and datname = current_database() and pid <> "
        "pg_backend_pid() and state = 'active'",
        {m_order.application_name, array_literal(heedless)});
    const std::lock_guard lock(m_mutex);
    if (m_cancelled == Cancelled::no) return;  // that attempt is over
    for (const auto& row : told) {
        if (row[1] == "t") m_terminated = true;
        ++m_cancels.try_emplace(row[0].value(), Cancels{0, Clock::now()}).first->second.count;
    }
}

void MigrationWatch::say_progress(Session& session, Clock::time_point at) {
    m_told = at;
    for (const auto& line : progress_of(session, m_order.application_name)) m_console.progress(line);
    const std::lock_guard lock(m_mutex);
    for (const auto& backend : m_waiting)
        if (backend.ours && backend.waited > k_between_progress)
            m_console.progress("waiting " + say_duration(backend.waited) + " for " + backend.what +
                               (backend.holders.empty() ? "" : ", " + backend.holders));
}

void MigrationWatch::begin_attempt() {
    const std::lock_guard lock(m_mutex);
    m_cancelled = Cancelled::no;
    m_terminated = false;
    m_cancels.clear();
    m_was_waiting = false;
    m_last_wait.reset();
    m_waiting.clear();
    m_queue.clear();
}

MigrationWatch::Cancelled MigrationWatch::cancelled() const {
    const std::lock_guard lock(m_mutex);
    return m_cancelled;
}

bool MigrationWatch::terminated() const {
    const std::lock_guard lock(m_mutex);
    return m_terminated;
}

bool MigrationWatch::was_waiting() const {
    const std::lock_guard lock(m_mutex);
    return m_was_waiting;
}

std::optional<WaitingBackend> MigrationWatch::last_wait() const {
    const std::lock_guard lock(m_mutex);
    return m_last_wait;
}

std::vector<WaitingBackend> MigrationWatch::queue() const {
    const std::lock_guard lock(m_mutex);
    return m_queue;
}

std::vector<MigrationWatch::HeldLock> MigrationWatch::locks() const {
    const std::lock_guard lock(m_mutex);
    std::vector<HeldLock> locks;
    for (const auto& [name, lock_held] : m_longest) locks.push_back(lock_held);
    return locks;
}

void MigrationWatch::take(const LockPicture& picture) {
    const std::lock_guard lock(m_mutex);
    take_in(picture, Clock::now());
}

void MigrationWatch::forget_locks() {
    const std::lock_guard lock(m_mutex);
    m_longest.clear();
    m_held.clear();
    m_looked = Clock::now();
}

std::chrono::milliseconds MigrationWatch::longest_queue() const {
    const std::lock_guard lock(m_mutex);
    return m_longest_queue;
}

}  // namespace lastgood
