#include "database/backends.hpp"

#include "core/failure.hpp"
#include "core/names.hpp"
#include "database/session.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <set>
#include <thread>

namespace lastgood {
namespace {

constexpr std::chrono::milliseconds k_look_again{50};

/// What belongs to no person: the server ends autovacuum itself when it is in the way, parallel workers go with their
/// leader.
constexpr const char* k_select =
    "select a.pid, coalesce(a.usename, ''), coalesce(a.application_name, ''), coalesce(a.datname, ''), "
    "coalesce(pg_catalog.host(a.client_addr), 'local'), coalesce(a.state, '') from pg_catalog.pg_stat_activity a "
    "left join pg_catalog.pg_roles r on r.oid = a.usesysid "
    "where a.pid <> pg_catalog.pg_backend_pid() and a.usesysid is not null "
    "and coalesce(a.backend_type, '') not in ('autovacuum worker', 'parallel worker') and ";

std::vector<Backend> select_backends(Session& session, const std::string& condition,
                                     const std::vector<std::string>& parameters) {
    std::vector<Backend> backends;
    for (const auto& row : session.query(k_select + condition + " order by a.pid", parameters)) {
        backends.push_back({std::stoi(*row[0]), *row[1], *row[2], *row[3], *row[4], *row[5]});
    }
    return backends;
}

/// Each in a statement of its own: one that we may not end does not save the others.
void terminate(Session& session, const std::vector<Backend>& backends) {
    for (const Backend& backend : backends) {
        try {
            session.query("select pg_catalog.pg_terminate_backend($1::int)", {std::to_string(backend.pid)});
        } catch (const DatabaseError& error) {
            if (error.connection_lost()) throw;
        }
    }
}

std::vector<std::string> as_text(const std::vector<int>& numbers) {
    std::vector<std::string> texts;
    texts.reserve(numbers.size());
    for (const int number : numbers) texts.push_back(std::to_string(number));
    return texts;
}

std::string say(const Backend& backend) {
    return "backend " + std::to_string(backend.pid) + " (" + backend.application + ", role " + backend.role + ")";
}

}  // namespace

std::string work_prefix(const std::string& scope) {
    return "lastgood/" + short_hash(scope) + "/";
}

std::string work_name(const std::string& scope, const std::string& run, const std::string& what) {
    std::string name = work_prefix(scope) + short_hash(run) + "/" + what;
    if (name.size() > k_identifier_limit) throw std::logic_error("too long for an application_name: " + name);
    return name;
}

std::vector<Backend> backends_of_database(Session& session, const std::string& database) {
    return select_backends(session, "a.datname = $1", {database});
}

int end_leftover_backends(Session& session, const std::string& prefix, const std::vector<int>& keep,
                          std::chrono::milliseconds patience, const Interruption& interruption) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    std::set<int> ended;
    for (;;) {
        const std::vector<Backend> left = select_backends(
            session,
            "pg_catalog.starts_with(a.application_name, $1) and a.application_name !~ '/(watchdog|lock|fence)$' "
            "and a.pid <> all ($2::int[])",
            {prefix, array_literal(as_text(keep))});
        if (left.empty()) return static_cast<int>(ended.size());
        if (std::chrono::steady_clock::now() > deadline) {
            throw Failure(
                ExitCode::in_doubt,
                say(left.front()) + " of an earlier program does not end; its outcome is not known yet", "not known",
                "start again once it is gone: select pg_terminate_backend(" + std::to_string(left.front().pid) + ")");
        }
        for (const Backend& backend : left) ended.insert(backend.pid);
        terminate(session, left);
        interruption.wait(k_look_again);
    }
}

std::vector<Backend> end_backends(Session& session, const std::string& database, const std::vector<int>& keep,
                                  std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    // Inside a swap's fence every millisecond is one without a database; most backends end within a few.
    for (std::chrono::milliseconds pause{1};; pause = std::min(2 * pause, k_look_again)) {
        std::vector<Backend> left = select_backends(session, "a.datname = $1 and a.pid <> all ($2::int[])",
                                                    {database, array_literal(as_text(keep))});
        if (left.empty() || std::chrono::steady_clock::now() > deadline) return left;
        terminate(session, left);
        std::this_thread::sleep_for(pause);
    }
}

std::vector<Backend> untouchable_backends(Session& session, const std::string& database) {
    return select_backends(
        session,
        "a.datname = $1 and not (select rolsuper from pg_catalog.pg_roles where rolname = current_user) "
        "and (coalesce(r.rolsuper, true) or not (pg_catalog.pg_has_role(a.usesysid, 'USAGE') or "
        "pg_catalog.pg_has_role('pg_signal_backend', 'USAGE')))",
        {database});
}

}  // namespace lastgood
