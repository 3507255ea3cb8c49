#include "database/fence.hpp"
#include "database/fence_state.hpp"
#include "database/server_watchdog.hpp"
#include "database/session.hpp"

#include <optional>

namespace lastgood {
namespace {

constexpr std::chrono::seconds k_slice{1};

/// The owner's backend, so that another that gets its pid is not taken for it. When it was started is NULL for a role
/// that may not see it, then its name and role have to do.
std::string owner_lives_sql(Session& witness, const Session& owner) {
    const std::string pid = std::to_string(owner.backend_pid());
    const Rows rows = witness.query(
        "SELECT coalesce(backend_start::text, ''), coalesce(application_name, ''), coalesce(usename, '')"
        " FROM pg_catalog.pg_stat_activity WHERE pid = $1::int",
        {pid});
    if (rows.empty()) return "false";
    const auto& row = rows[0];
    const std::string start = row[0]->empty() ? "NULL" : witness.quote_literal(*row[0]);
    return "EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = " + pid +
           " AND backend_start IS NOT DISTINCT FROM " + start +
           "::timestamptz AND application_name = " + witness.quote_literal(*row[1]) +
           " AND usename = " + witness.quote_literal(*row[2]) + ")";
}

/// One role that is gone must not keep the others locked out.
std::string each_in_a_block(const std::vector<std::string>& statements) {
    std::string blocks;
    for (const auto& statement : statements) {
        blocks += "BEGIN " + statement + "; EXCEPTION WHEN OTHERS THEN NULL; END; ";
    }
    return blocks.empty() ? "NULL;" : blocks;
}

}  // namespace

struct FenceWatchdog::State {
    std::optional<ServerWatchdog> watchdog;
};

FenceWatchdog::FenceWatchdog(const ConnectionUrl& admin, const std::string& application_name, const RaisedFence& fence,
                             const Session& owner, std::chrono::milliseconds deadline, Interruption& interruption,
                             std::chrono::milliseconds grace)
    : m_state(std::make_unique<State>()) {
    const std::string name = watchdog_name(application_name, "/watchdog");
    Session witness(admin, name, interruption);
    WatchdogDuty duty;
    duty.is_up = fence_is_up_sql(witness, fence);
    duty.lift = each_in_a_block(lifting_statements(fence));
    duty.owner_lives = owner_lives_sql(witness, owner);
    duty.grace = grace;
    duty.deadline = deadline;
    duty.slice = k_slice;
    m_state->watchdog.emplace(admin, name, duty, interruption);
}

FenceWatchdog::~FenceWatchdog() = default;

bool FenceWatchdog::alive() {
    return m_state->watchdog->alive();
}

}  // namespace lastgood
