#include "database/fence.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/fence_state.hpp"
#include "database/session.hpp"
#include "database/starting_backends.hpp"
#include "outside/interruption.hpp"

#include <algorithm>

namespace lastgood {
namespace {

constexpr std::chrono::seconds k_patience{10};
constexpr const char* k_our_prefix = "lastgood/";

bool has(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

/// Everybody in the database who is not meant by the fence: for `closed` other roles, for `read_only` ourselves and
/// those that we may not end (it is advisory).
std::vector<int> spared_backends(Session& admin, const RaisedFence& fence) {
    std::vector<int> spared;
    for (const auto& backend : backends_of_database(admin, fence.database)) {
        const bool meant =
            fence.kind == "closed" ? has(fence.roles, backend.role) : !backend.application.starts_with(k_our_prefix);
        if (!meant) spared.push_back(backend.pid);
    }
    if (fence.kind == "read_only") {
        for (const auto& backend : untouchable_backends(admin, fence.database)) spared.push_back(backend.pid);
    }
    return spared;
}

/// Those of them that did not end.
std::vector<Backend> end_fenced_backends(Session& admin, const RaisedFence& fence) {
    wait_for_starting_backends(admin, fence.database, k_patience);
    auto left = end_backends(admin, fence.database, spared_backends(admin, fence), k_patience);
    // Who has come meanwhile and is not meant was asked to come again, no more.
    std::erase_if(left,
                  [&](const Backend& backend) { return fence.kind == "read_only" || !has(fence.roles, backend.role); });
    return left;
}

void put_up(Session& admin, const RaisedFence& fence) {
    if (fence.kind == "read_only") {
        admin.execute("ALTER DATABASE " + admin.quote_name(fence.database) +
                      " SET default_transaction_read_only TO on");
        return;
    }
    Transaction together(admin);
    for (const auto& role : fence.roles) admin.execute("ALTER ROLE " + admin.quote_name(role) + " NOLOGIN");
    together.commit();
}

Failure not_raised(const std::string& why, const std::string& next) {
    return {ExitCode::failed_clean, "writers cannot be kept out: " + why, "nothing; the fence is lifted again", next};
}

void end_watchdogs(Session& admin, const std::string& scope_prefix) {
    admin.query(
        "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity"
        " WHERE pg_catalog.starts_with(application_name, $1) AND application_name LIKE '%/watchdog'"
        " AND application_name NOT LIKE '%/swap/watchdog' AND usename = current_user",
        {scope_prefix});
}

}  // namespace

void raise_fence(Session& admin, const RaisedFence& fence) {
    try {
        put_up(admin, fence);
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        throw not_raised(error.primary(), "lastgood check   says what the role may do");
    }
    const auto left = end_fenced_backends(admin, fence);
    if (left.empty()) return;
    const Interruption::Shield shield(admin.interruption());
    for (const auto& statement : lifting_statements(fence)) admin.execute(statement);
    const std::string pid = std::to_string(left.front().pid);
    throw not_raised("pid " + pid + " (role \"" + left.front().role + "\") does not end",
                     "SELECT pg_terminate_backend(" + pid + ");   as a superuser, then start again");
}

bool lift_fence(Session& admin, const RaisedFence& fence, const std::string& scope_prefix) {
    const bool was_up = admin.value("SELECT " + fence_is_up_sql(admin, fence)) == "t";
    if (was_up && fence.kind == "closed") {
        for (const auto& role : closed_roles(admin, fence)) {
            admin.execute("ALTER ROLE " + admin.quote_name(role) + " LOGIN");
        }
    } else if (was_up) {
        for (const auto& statement : lifting_statements(fence)) admin.execute(statement);
    }
    end_watchdogs(admin, scope_prefix);
    return was_up;
}

bool fence_is_up(Session& admin, const RaisedFence& fence) {
    if (fence.kind == "closed") return closed_roles(admin, fence).size() == fence.roles.size();
    return read_only_setting(admin, fence.database) == "on";
}

}  // namespace lastgood
