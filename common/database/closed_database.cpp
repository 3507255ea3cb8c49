#include "database/closed_database.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/backends.hpp"
#include "database/starting_backends.hpp"
#include "database/swap.hpp"
#include "outside/interruption.hpp"

namespace lastgood {

namespace {

using std::chrono::milliseconds;

/// Our backend is gone: so are we. A database without connections is not left closed until the deadline for that.
constexpr milliseconds k_owner_grace{1000};

}  // namespace

WatchdogDuty duty_to_open(Session& admin, const std::string& application_name, const std::string& database,
                          std::uint32_t oid, milliseconds deadline) {
    const std::string name = admin.quote_literal(database);
    WatchdogDuty duty;
    duty.is_up = "EXISTS (SELECT FROM pg_catalog.pg_database WHERE oid = " + std::to_string(oid) +
                 " AND datname = " + name + " AND NOT datallowconn)";
    duty.lift = "EXECUTE pg_catalog.format('ALTER DATABASE %I ALLOW_CONNECTIONS true', " + name + ");";
    duty.owner_lives =
        "EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = " + std::to_string(admin.backend_pid()) +
        " AND application_name = " + admin.quote_literal(application_name) + ")";
    duty.grace = k_owner_grace;
    duty.deadline = deadline + k_watchdog_delay;
    return duty;
}

ClosedDatabase::ClosedDatabase(const ConnectionUrl& maintenance, const std::string& application_name,
                               const std::string& database, std::uint32_t oid, milliseconds limit,
                               milliseconds deadline, Interruption& interruption)
    : m_database(database),
      m_interruption(interruption),
      m_admin(std::in_place, maintenance, application_name, interruption),
      m_live(std::in_place, maintenance.with_database(database), application_name, interruption) {
    m_watchdog.emplace(maintenance, watchdog_name(application_name, "/closed/watchdog"),
                       duty_to_open(*m_admin, application_name, database, oid, deadline), interruption);
    try {
        close(limit);
    } catch (...) {
        open();
        throw;
    }
}

ClosedDatabase::~ClosedDatabase() {
    try {
        open();
    } catch (const std::exception&) {  // the watchdog does it
    }
}

void ClosedDatabase::close(milliseconds limit) {
    const auto deadline = std::chrono::steady_clock::now() + limit;
    const auto left = [&] {
        return std::max(milliseconds(1),
                        std::chrono::duration_cast<milliseconds>(deadline - std::chrono::steady_clock::now()));
    };
    const std::string timeout = std::to_string(limit.count());
    const std::string limits = "SET statement_timeout = " + timeout + "; SET lock_timeout = " + timeout;
    for (Session* session : {&*m_admin, &*m_live}) session->execute(limits);
    m_admin->execute("ALTER DATABASE " + m_admin->quote_name(m_database) + " ALLOW_CONNECTIONS false");
    std::string trouble;
    if (!wait_for_starting_backends(*m_admin, m_database, left())) {
        trouble = "somebody else holds a lock on it";
    } else if (const auto stayed = end_backends(*m_admin, m_database, {m_live->backend_pid()}, left());
               !stayed.empty()) {
        trouble = "pid " + std::to_string(stayed.front().pid) + " (role \"" + stayed.front().role +
                  "\", application \"" + stayed.front().application + "\") did not leave it";
    }
    if (trouble.empty()) return;
    throw Failure(ExitCode::failed_clean,
                  "\"" + m_database + "\" could not be closed within " + say_duration(limit) + ": " + trouble,
                  "nothing; it is open again", "lastgood rollback   tries again");
}

bool ClosedDatabase::holds() {
    return m_watchdog->alive() &&
           m_admin->value("select datallowconn from pg_catalog.pg_database where datname = $1", {m_database}) == "f";
}

void ClosedDatabase::open() {
    if (!m_admin) return;
    const Interruption::Shield shield(m_interruption);
    m_live.reset();
    lift_connection_fence(*m_admin, m_database);
    m_watchdog.reset();
    m_admin.reset();
}

void ClosedDatabase::let_go() {
    m_live.reset();
    m_admin.reset();
    m_watchdog.reset();
}

}  // namespace lastgood
