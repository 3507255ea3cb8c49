#include "database/swap_obstacles.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/session.hpp"

namespace lastgood {
namespace {

[[noreturn]] void refuse(const SwapOrder& order, const std::string& why, const std::string& next) {
    throw Failure(ExitCode::failed_clean,
                  "\"" + order.standby + "\" cannot take the place of \"" + order.live + "\": " + why, "nothing", next);
}

/// A scope is "<name>/<environment>".
std::string environment_of(const SwapOrder& order) {
    const std::string& scope = order.aside_mark.scope;
    return scope.substr(scope.rfind('/') + 1);
}

void look_at_name(Session& admin, const SwapOrder& order, const std::string& name, std::uint32_t oid) {
    const auto found = database_oid(admin, name);
    if (found == oid) return;
    refuse(order,
           found ? "\"" + name + "\" is another database by now (oid " + std::to_string(*found) + ", " +
                       std::to_string(oid) + " expected)"
                 : "there is no database \"" + name + "\"",
           "lastgood status   tells which databases there are");
}

void look_at_rights(Session& admin, const SwapOrder& order) {
    const Rows rows = admin.query(
        "SELECT d.datname, pg_catalog.pg_has_role(d.datdba, 'USAGE'), r.rolcreatedb OR r.rolsuper, r.rolname"
        " FROM pg_catalog.pg_database d, pg_catalog.pg_roles r"
        " WHERE d.oid IN ($1::pg_catalog.oid, $2::pg_catalog.oid) AND r.rolname = current_user",
        {std::to_string(order.live_oid), std::to_string(order.standby_oid)});
    for (const auto& row : rows) {
        const std::string role = row[3].value();
        if (row[1] != "t") {
            refuse(order, "role \"" + role + "\" does not own \"" + row[0].value() + "\"",
                   "ALTER DATABASE " + admin.quote_name(row[0].value()) + " OWNER TO " + admin.quote_name(role) + ";");
        }
        if (row[2] != "t") {
            refuse(order, "role \"" + role + "\" may not rename databases",
                   "ALTER ROLE " + admin.quote_name(role) + " CREATEDB;");
        }
    }
}

void look_at_backends(Session& admin, const SwapOrder& order) {
    for (const auto& database : {order.live, order.standby}) {
        const auto untouchable = untouchable_backends(admin, database);
        if (untouchable.empty()) continue;
        const Backend& first = untouchable.front();
        refuse(order,
               "pid " + std::to_string(first.pid) + " in \"" + database + "\" cannot be ended by our role (role \"" +
                   first.role + "\", application \"" + first.application + "\")",
               "SELECT pg_terminate_backend(" + std::to_string(first.pid) + ");   as a superuser, then start again");
    }
}

void look_at_prepared_transactions(Session& admin, const SwapOrder& order) {
    const Rows rows = admin.query(
        "SELECT gid, database FROM pg_catalog.pg_prepared_xacts WHERE database IN ($1, $2) ORDER BY prepared",
        {order.live, order.standby});
    if (rows.empty()) return;
    const std::string gid = rows[0][0].value();
    refuse(order, "the prepared transaction \"" + gid + "\" is open in \"" + rows[0][1].value() + "\"",
           "COMMIT PREPARED " + admin.quote_literal(gid) + ";   or ROLLBACK PREPARED, in that database");
}

}  // namespace

void refuse_impossible_swap(Session& admin, const SwapOrder& order) {
    look_at_name(admin, order, order.live, order.live_oid);
    look_at_name(admin, order, order.standby, order.standby_oid);
    if (!order.aside.empty() && database_exists(admin, order.aside)) {
        refuse(order, "there is a database \"" + order.aside + "\" already",
               "lastgood backups prune --confirm " + environment_of(order) + "   removes what is kept");
    }
    if (admin.value("SELECT datallowconn FROM pg_catalog.pg_database WHERE datname = $1", {order.live}) != "t") {
        refuse(order, "\"" + order.live + "\" accepts no connections",
               "ALTER DATABASE " + admin.quote_name(order.live) + " ALLOW_CONNECTIONS true;   then start again");
    }
    look_at_rights(admin, order);
    look_at_backends(admin, order);
    look_at_prepared_transactions(admin, order);
}

}  // namespace lastgood
