#include "framework/lock_watch.hpp"

#include "database/session.hpp"

#include <exception>

namespace lastgood {

namespace {

constexpr std::chrono::milliseconds k_interval{50};

constexpr const char* k_waits = R"(
select case when l.locktype = 'relation' and c.relkind in ('i', 'I') then 'index "' || c.relname || '"'
            when l.locktype = 'relation' then 'table "' || c.relname || '"'
            when l.locktype = 'transactionid' then 'a row that another transaction changed'
            else l.locktype end,
       (select string_agg(format('held for %s s by pid %s (%s, application "%s")',
                                 coalesce(extract(epoch from clock_timestamp() - b.xact_start)::bigint::text, '?'), b.pid,
                                 coalesce(b.state, 'state not readable'), b.application_name), '; ' order by b.xact_start)
        from pg_stat_activity b where b.pid = any(pg_blocking_pids(a.pid)))
from pg_stat_activity a
join pg_locks l on l.pid = a.pid and not l.granted
left join pg_class c on c.oid = l.relation
where a.application_name = $1 and a.datname = current_database() and a.pid <> pg_backend_pid()
limit 1)";

}  // namespace

LockWatch::LockWatch(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption)
    : m_thread([this, url, application_name, &interruption] {
          try {
              look_until_stopped(url, application_name, interruption);
          } catch (const std::exception&) {  // seeing nothing is allowed
          }
      }) {}

LockWatch::~LockWatch() {
    {
        const std::lock_guard lock(m_mutex);
        m_stop = true;
    }
    m_wake.notify_all();
    m_thread.join();
}

void LockWatch::look_until_stopped(const ConnectionUrl& url, const std::string& application_name,
                                   Interruption& interruption) {
    Session session(url, application_name, interruption);
    std::unique_lock lock(m_mutex);
    while (!m_wake.wait_for(lock, k_interval, [&] { return m_stop; })) {
        const int late = m_pid != 0 && std::chrono::steady_clock::now() > m_deadline ? m_pid : 0;
        m_cancelled = m_cancelled || late != 0;
        lock.unlock();
        if (late != 0) session.query("select pg_cancel_backend($1::int)", {std::to_string(late)});
        const auto waits = session.query(k_waits, {application_name});
        lock.lock();
        if (!waits.empty()) m_last = LockWait{waits[0][0].value_or(""), waits[0][1].value_or("")};
    }
}

void LockWatch::cancel_after(int pid, std::chrono::steady_clock::time_point deadline) {
    const std::lock_guard lock(m_mutex);
    m_pid = pid;
    m_deadline = deadline;
}

bool LockWatch::cancelled() const {
    const std::lock_guard lock(m_mutex);
    return m_cancelled;
}

std::optional<LockWait> LockWatch::last_wait() const {
    const std::lock_guard lock(m_mutex);
    return m_last;
}

}  // namespace lastgood
