#include "database/swap.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/backends.hpp"
#include "database/closed_database.hpp"
#include "database/database_mark.hpp"
#include "database/sequences_beyond.hpp"
#include "database/server_watchdog.hpp"
#include "database/session.hpp"
#include "database/starting_backends.hpp"
#include "database/swap_obstacles.hpp"
#include "outside/interruption.hpp"

#include <optional>
#include <stdexcept>
#include <thread>

namespace lastgood {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds k_look_again{2};
/// How long a commit whose connection was lost may still take on the server.
constexpr std::chrono::seconds k_commit_patience{5};
/// For opening again, after everything else has used up its time.
constexpr const char* k_own_timeouts = "SET statement_timeout = '5s'; SET lock_timeout = '5s'";

class Swap {
  public:
    Swap(const ConnectionUrl& maintenance, const std::string& application_name, const SwapOrder& order,
         Interruption& interruption)
        : m_url(maintenance),
          m_application(application_name),
          m_order(order),
          m_interruption(interruption),
          m_admin(std::in_place, maintenance, application_name, interruption) {}

    SwapResult run();

  private:
    void open_sessions();
    void look_at_sequences();
    void arm();
    void fence();
    bool last_look();
    void rename();
    void rename_statements();
    /// What they are called when it is done.
    const std::string& aside() const { return m_order.aside.empty() ? m_order.live : m_order.aside; }
    const std::string& taking_over() const { return m_order.aside.empty() ? m_order.standby : m_order.live; }
    bool commit_went_through();
    void finish_aside();
    void open_again();
    void reconnect();
    void end_watchdog();
    [[noreturn]] void give_up(const std::string& why);
    void must_be_empty(const std::string& database, const std::vector<int>& keep);
    milliseconds left() const;
    void limit_statements(Session& session) const;
    std::string alter(const std::string& database) const { return "ALTER DATABASE " + m_admin->quote_name(database); }

    const ConnectionUrl& m_url;
    const std::string& m_application;
    const SwapOrder& m_order;
    Interruption& m_interruption;
    std::optional<Session> m_admin;
    std::optional<Session> m_live;
    std::optional<Session> m_standby;
    std::optional<ServerWatchdog> m_watchdog;
    Clock::time_point m_deadline;
    SwapResult m_result;
};

/// Throws when the time is up.
milliseconds Swap::left() const {
    const auto remaining = std::chrono::duration_cast<milliseconds>(m_deadline - Clock::now());
    if (remaining <= milliseconds::zero()) {
        throw std::runtime_error("it was not done within " + say_duration(m_order.limit));
    }
    return remaining;
}

void Swap::limit_statements(Session& session) const {
    const std::string timeout = std::to_string(left().count());
    session.execute("SET statement_timeout = " + timeout + "; SET lock_timeout = " + timeout);
}

/// The standby is opened for our own session only as long as it takes to connect.
void Swap::open_sessions() {
    m_live.emplace(m_url.with_database(m_order.live), m_application, m_interruption);
    m_admin->execute(alter(m_order.standby) + " ALLOW_CONNECTIONS true");
    try {
        m_standby.emplace(m_url.with_database(m_order.standby), m_application, m_interruption);
    } catch (...) {
        const Interruption::Shield shield(m_interruption);
        m_admin->execute(alter(m_order.standby) + " ALLOW_CONNECTIONS false");
        throw;
    }
    m_admin->execute(alter(m_order.standby) + " ALLOW_CONNECTIONS false");
}

void Swap::look_at_sequences() {
    const auto names = sequences_out_of_reach(*m_live, *m_standby);
    if (names.empty()) return;
    const std::string role = m_admin->quote_name(m_admin->value("SELECT current_user").value_or(""));
    throw Failure(ExitCode::failed_clean,
                  "sequence " + names.front() + " cannot be moved beyond the numbers that were issued: no right to it",
                  "nothing",
                  "GRANT ALL ON SEQUENCE " + names.front() + " TO " + role + ";   in \"" + m_order.live + "\" and \"" +
                      m_order.standby + "\"");
}

void Swap::arm() {
    const WatchdogDuty duty = duty_to_open(*m_admin, m_application, m_order.live, m_order.live_oid, m_order.limit);
    m_deadline = Clock::now() + m_order.limit;
    m_watchdog.emplace(m_url, watchdog_name(m_application, "/swap/watchdog"), duty, m_interruption);
}

void Swap::must_be_empty(const std::string& database, const std::vector<int>& keep) {
    const auto stayed = end_backends(*m_admin, database, keep, left());
    if (stayed.empty()) return;
    throw std::runtime_error("pid " + std::to_string(stayed.front().pid) + " (role \"" + stayed.front().role +
                             "\", application \"" + stayed.front().application + "\") did not leave \"" + database +
                             "\" within " + say_duration(m_order.limit));
}

void Swap::fence() {
    limit_statements(*m_admin);
    if (!m_watchdog->alive()) throw std::runtime_error("the watchdog has ended before its time");
    m_admin->execute(alter(m_order.live) + " ALLOW_CONNECTIONS false");
    if (!wait_for_starting_backends(*m_admin, m_order.live, left())) {
        throw std::runtime_error("somebody else holds a lock on \"" + m_order.live + "\"");
    }
    m_result.ended_backends = static_cast<int>(backends_of_database(*m_admin, m_order.live).size()) - 1;
    must_be_empty(m_order.live, {m_live->backend_pid()});
    must_be_empty(m_order.standby, {m_standby->backend_pid()});
}

bool Swap::last_look() {
    if (!m_order.last_look) return true;
    limit_statements(*m_live);
    return m_order.last_look(*m_live);
}

void Swap::rename_statements() {
    Session& admin = *m_admin;
    if (m_order.aside.empty()) {
        // Without a rename nothing else would hold them both.
        admin.execute(alter(m_order.live) + " CONNECTION LIMIT 0");
        admin.execute(alter(m_order.standby) + " CONNECTION LIMIT " + std::to_string(m_order.connection_limit));
    } else {
        admin.execute(alter(m_order.live) + " RENAME TO " + admin.quote_name(m_order.aside));
        admin.execute(alter(m_order.standby) + " RENAME TO " + admin.quote_name(m_order.live));
    }
    // Our rename holds the database now: if the watchdog or a person has opened it, others may have written since.
    const Rows both = admin.query(
        "SELECT datname FROM pg_catalog.pg_database WHERE NOT datallowconn AND"
        " (oid, datname) IN (($1::pg_catalog.oid, $2::name), ($3::pg_catalog.oid, $4::name))",
        {std::to_string(m_order.live_oid), aside(), std::to_string(m_order.standby_oid), taking_over()});
    if (both.size() != 2) throw std::runtime_error("somebody has opened or renamed one of the databases meanwhile");
    admin.execute(alter(taking_over()) + " ALLOW_CONNECTIONS true");
    admin.execute(alter(taking_over()) + " CONNECTION LIMIT " + std::to_string(m_order.connection_limit));
    admin.execute("COMMENT ON DATABASE " + admin.quote_name(taking_over()) + " IS " +
                  (m_order.comment ? admin.quote_literal(*m_order.comment) : "NULL"));
    set_mark(admin, aside(), m_order.aside_mark);
}

void Swap::rename() {
    m_live.reset();
    m_standby.reset();
    must_be_empty(m_order.live, {});
    must_be_empty(m_order.standby, {});
    limit_statements(*m_admin);
    Transaction transaction(*m_admin);
    rename_statements();
    left();
    try {
        transaction.commit();
    } catch (const Failure&) {
        if (!commit_went_through()) throw std::runtime_error("the server was lost while both were renamed");
    }
}

/// The old connection's backend may still be at it: the answer counts only once that is gone.
bool Swap::commit_went_through() {
    const std::string old_backend = std::to_string(m_admin->backend_pid());
    reconnect();
    const auto until = Clock::now() + k_commit_patience;
    while (
        m_admin->value("SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = $1::int AND application_name = $2",
                       {old_backend, m_application}) != "0") {
        if (Clock::now() > until) throw std::runtime_error("the transaction that renames both does not end");
        std::this_thread::sleep_for(k_look_again);
    }
    return m_admin->value("SELECT datallowconn FROM pg_catalog.pg_database WHERE oid = $1::pg_catalog.oid",
                          {std::to_string(m_order.standby_oid)}) == "t";
}

/// The server may be restarting; once the limit has passed, one attempt more.
void Swap::reconnect() {
    for (;;) {
        const bool last = Clock::now() > m_deadline;
        try {
            m_admin.reset();
            m_admin.emplace(m_url, m_application, m_interruption);
            return;
        } catch (const Failure&) {
            if (last) throw;
        }
        std::this_thread::sleep_for(10 * k_look_again);
    }
}

/// The failed database is for looking at, not for the application. It is the last copy of what was discarded: no
/// failure here takes back the swap.
void Swap::finish_aside() {
    try {
        m_admin->execute(k_own_timeouts);
        open_aside(*m_admin, aside());
    } catch (const DatabaseError&) {  // it stays closed; the next program opens it
    }
}

void Swap::end_watchdog() {
    try {
        m_admin->query("SELECT pg_catalog.pg_terminate_backend($1::int)", {std::to_string(m_watchdog->backend_pid())});
    } catch (const DatabaseError&) {  // it ends by itself once it sees the database open
    }
    m_watchdog.reset();
}

void Swap::open_again() {
    m_live.reset();
    m_standby.reset();
    if (!m_admin || !m_admin->alive()) reconnect();
    m_admin->execute(k_own_timeouts);
    if (database_oid(*m_admin, m_order.live) == m_order.live_oid) lift_connection_fence(*m_admin, m_order.live);
    end_watchdog();
}

void Swap::give_up(const std::string& why) {
    const std::string what = "\"" + m_order.standby + "\" did not take the place of \"" + m_order.live + "\": " + why;
    try {
        open_again();
    } catch (const std::exception& error) {
        throw Failure(
            ExitCode::in_doubt, what,
            "\"" + m_order.live + "\" may accept no connections for up to " +
                say_duration(m_order.limit + k_watchdog_delay),
            "ALTER DATABASE \"" + m_order.live + "\" ALLOW_CONNECTIONS true;   in \"" + m_url.database() + "\"")
            .with_detail(error.what());
    }
    throw Failure(ExitCode::failed_clean, what, "nothing; \"" + m_order.live + "\" is open again",
                  "lastgood rollback   tries again");
}

SwapResult Swap::run() {
    refuse_impossible_swap(*m_admin, m_order);
    open_sessions();
    look_at_sequences();
    arm();
    const Interruption::Shield shield(m_interruption);
    const auto fenced_at = Clock::now();
    try {
        fence();
        m_result.called_off = !last_look();
        if (!m_result.called_off) {
            limit_statements(*m_live);
            limit_statements(*m_standby);
            m_result.sequences_moved = move_sequences_beyond(*m_live, *m_standby, m_order.sequence_margin);
            rename();
        } else {
            open_again();
        }
    } catch (const std::exception& error) {
        give_up(error.what());
    }
    m_result.fenced = std::chrono::duration_cast<milliseconds>(Clock::now() - fenced_at);
    if (m_result.called_off) return m_result;
    m_result.done = true;
    finish_aside();
    end_watchdog();
    return m_result;
}

}  // namespace

SwapResult swap_databases(const ConnectionUrl& maintenance, const std::string& application_name, const SwapOrder& order,
                          Interruption& interruption) {
    return Swap(maintenance, application_name, order, interruption).run();
}

void open_aside(Session& session, const std::string& aside) {
    const std::string alter = "ALTER DATABASE " + session.quote_name(aside);
    session.execute(alter + " CONNECTION LIMIT 0");
    session.execute(alter + " ALLOW_CONNECTIONS true");
}

bool lift_connection_fence(Session& session, const std::string& database) {
    if (session.query("SELECT FROM pg_catalog.pg_database WHERE datname = $1 AND NOT datallowconn", {database})
            .empty()) {
        return false;
    }
    session.execute("ALTER DATABASE " + session.quote_name(database) + " ALLOW_CONNECTIONS true");
    return true;
}

}  // namespace lastgood
