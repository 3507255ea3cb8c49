#include "database/server_watchdog.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"

#include <array>

#include <libpq-fe.h>

namespace lastgood {
namespace {

constexpr std::chrono::seconds k_arming_patience{10};
constexpr std::chrono::milliseconds k_look_again{5};
/// After its deadline a watchdog that cannot lift (no right any more) gives up at some time.
constexpr std::chrono::minutes k_last_attempts{10};

/// Whatever would end the block early, or make it notice that its client has died. A server that does not know one is
/// an older one that needs none.
constexpr std::array<const char*, 9> k_settings{"SET client_connection_check_interval = 0",
                                                "SET statement_timeout = 0",
                                                "SET lock_timeout = '5s'",
                                                "SET idle_in_transaction_session_timeout = 0",
                                                "SET transaction_timeout = 0",
                                                "SET default_transaction_read_only = off",
                                                "SET default_transaction_isolation = 'read committed'",
                                                "SET client_min_messages = error",
                                                "SET search_path = pg_catalog"};

std::string milliseconds(std::chrono::milliseconds duration) {
    return "interval '" + std::to_string(duration.count()) + " milliseconds'";
}

std::string block_of(const WatchdogDuty& duty) {
    const std::string seconds = std::to_string(static_cast<double>(duty.slice.count()) / 1000.0);
    return "DECLARE"
           " deadline timestamptz := clock_timestamp() + " +
           milliseconds(duty.deadline) +
           ";"
           " owner_seen timestamptz := clock_timestamp();"
           " seen boolean := false;"
           " up boolean;"
           " deserted boolean := false;"
           " BEGIN LOOP"
           " PERFORM pg_sleep(" +
           seconds +
           ");"
           " COMMIT;"
           " up := " +
           duty.is_up +
           ";"
           " EXIT WHEN seen AND NOT up;"
           " seen := seen OR up;"
           " IF " +
           duty.owner_lives +
           " THEN owner_seen := clock_timestamp();"
           " ELSE deserted := deserted OR clock_timestamp() >= owner_seen + " +
           milliseconds(duty.grace) +
           "; END IF;"
           " IF deserted OR clock_timestamp() >= deadline THEN"
           " EXIT WHEN NOT up OR clock_timestamp() > deadline + " +
           milliseconds(k_last_attempts) +
           ";"
           " BEGIN " +
           duty.lift +
           " EXCEPTION WHEN OTHERS THEN NULL; END;"
           " END IF;"
           " END LOOP; END";
}

}  // namespace

struct ServerWatchdog::Connection {
    PGconn* raw = nullptr;

    explicit Connection(const std::string& conninfo) : raw(PQconnectdb(conninfo.c_str())) {}
    ~Connection() { PQfinish(raw); }
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    bool ok() const { return raw != nullptr && PQstatus(raw) == CONNECTION_OK; }
    bool busy() { return PQconsumeInput(raw) == 1 && PQisBusy(raw) == 1; }
    std::string words() {
        std::string text;
        while (PGresult* result = busy() ? nullptr : PQgetResult(raw)) {
            text += PQresultErrorMessage(result);
            PQclear(result);
        }
        if (text.empty() && raw != nullptr) text = PQerrorMessage(raw);
        return text.substr(0, text.find('\n'));
    }
    void set(const char* statement) { PQclear(PQexec(raw, statement)); }
};

namespace {

Failure not_armed(const std::string& why, const ConnectionUrl& url) {
    return {ExitCode::refused, "the watchdog that lifts the fence cannot be armed on " + url.say() + ": " + why,
            "nothing", "lastgood check   says what the role may do; then start again"};
}

/// It sleeps: so it has been read, planned and begun.
bool sleeps(Session& session, int pid) {
    return session.value(
               "SELECT count(*) FROM pg_catalog.pg_stat_activity WHERE pid = $1::int AND wait_event = 'PgSleep'",
               {std::to_string(pid)}) == "1";
}

}  // namespace

ServerWatchdog::ServerWatchdog(const ConnectionUrl& url, const std::string& application_name, const WatchdogDuty& duty,
                               Interruption& interruption) {
    interruption.check();
    Session witness(url, application_name, interruption);
    const ConnectionUrl named = witness.url().with("application_name", application_name);
    m_connection = std::make_unique<Connection>(named.conninfo().reveal());
    if (!m_connection->ok()) throw not_armed(m_connection->words(), url);
    for (const char* setting : k_settings) m_connection->set(setting);
    const std::string block = "DO " + witness.quote_literal(block_of(duty));
    if (PQsendQuery(m_connection->raw, block.c_str()) != 1) throw not_armed(m_connection->words(), url);
    const auto until = std::chrono::steady_clock::now() + k_arming_patience;
    while (!sleeps(witness, backend_pid())) {
        if (!alive()) throw not_armed(m_connection->words(), url);
        if (std::chrono::steady_clock::now() > until) throw not_armed("the server does not run it", url);
        interruption.wait(k_look_again);
    }
}

ServerWatchdog::~ServerWatchdog() = default;

bool ServerWatchdog::alive() {
    return m_connection->ok() && m_connection->busy();
}

int ServerWatchdog::backend_pid() const {
    return PQbackendPID(m_connection->raw);
}

std::string watchdog_name(const std::string& application_name, const std::string& suffix) {
    if (application_name.ends_with(suffix)) return application_name;
    return application_name.substr(0, k_identifier_limit - suffix.size()) + suffix;
}

}  // namespace lastgood
