#include "database/advisory_lock.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "core/quantity.hpp"
#include "outside/interruption.hpp"

#include <cstdint>

namespace lastgood {
namespace {

constexpr std::chrono::milliseconds k_try_again{200};
constexpr int k_first_version_with_idle_session_timeout = 140000;

std::string key_of(const std::string& scope) {
    return std::to_string(static_cast<std::int64_t>(name_hash("lastgood/" + scope)));
}

/// pg_locks shows the two halves of a 64-bit key.
constexpr const char* k_is_ours =
    "l.locktype = 'advisory' and l.granted and l.objsubid = 1 "
    "and l.database = (select oid from pg_catalog.pg_database where datname = pg_catalog.current_database()) "
    "and l.classid = (($1::bigint >> 32) & 4294967295)::text::oid and l.objid = ($1::bigint & 4294967295)::text::oid";

std::string say_holder(Session& session, const std::string& key) {
    const std::string holders =
        "select a.application_name, coalesce(pg_catalog.host(a.client_addr), 'this machine'), "
        "(extract(epoch from pg_catalog.clock_timestamp() - a.backend_start) * 1000)::bigint, a.pid "
        "from pg_catalog.pg_locks l join pg_catalog.pg_stat_activity a on a.pid = l.pid where ";
    const Rows rows = session.query(holders + k_is_ours, {key});
    if (rows.empty()) return "somebody who has just let go";
    const auto& holder = rows[0];
    const std::string age =
        holder[2] ? ", for " + say_duration(std::chrono::milliseconds(std::stoll(*holder[2]))) : std::string();
    return "\"" + holder[0].value_or("") + "\" from " + *holder[1] + age + " (backend " + *holder[3] + ")";
}

}  // namespace

AdvisoryLock::AdvisoryLock(const ConnectionUrl& maintenance, const std::string& scope,
                           const std::string& application_name, std::chrono::milliseconds patience,
                           Interruption& interruption)
    : m_url(maintenance),
      m_application(application_name),
      m_session(maintenance, application_name, interruption),
      m_scope(scope) {
    take(patience);
}

void AdvisoryLock::take_again(std::chrono::milliseconds patience) {
    m_session = Session(m_url, m_application, m_session.interruption());
    take(patience);
}

void AdvisoryLock::take(std::chrono::milliseconds patience) {
    if (m_session.server_version() >= k_first_version_with_idle_session_timeout) {
        m_session.execute("set idle_session_timeout = 0");
    }
    const std::string key = key_of(m_scope);
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (m_session.value("select pg_catalog.pg_try_advisory_lock($1::bigint)", {key}) != "t") {
        if (std::chrono::steady_clock::now() >= deadline) {
            throw Failure(ExitCode::locked, m_scope + " is held by " + say_holder(m_session, key), "nothing",
                          "lastgood status   shows the run; start again when it has ended");
        }
        m_session.interruption().wait(k_try_again);
    }
}

void AdvisoryLock::assert_held() {
    std::string reason = "its connection holds no such lock";
    try {
        const std::string held = std::string("select exists (select from pg_catalog.pg_locks l where ") + k_is_ours +
                                 " and l.pid = pg_catalog.pg_backend_pid())";
        if (m_session.value(held, {key_of(m_scope)}) == "t") return;
    } catch (const DatabaseError& error) {
        reason = error.primary();
    }
    throw Failure(ExitCode::in_doubt, "the lock on " + m_scope + " was lost: " + reason, "not known",
                  "lastgood status   shows who is at work; then start this again");
}

}  // namespace lastgood
