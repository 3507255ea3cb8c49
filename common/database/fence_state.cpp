#include "database/fence_state.hpp"

#include "database/fence.hpp"
#include "database/session.hpp"

namespace lastgood {
namespace {

constexpr const char* k_read_only = "default_transaction_read_only=";

/// Entries of ALTER DATABASE ... SET default_transaction_read_only.
std::string read_only_entries_sql(const std::string& database_literal) {
    return "SELECT pg_catalog.substr(entry, " + std::to_string(std::string(k_read_only).size() + 1) +
           ") AS value FROM pg_catalog.pg_db_role_setting s"
           " JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase"
           " CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS entry"
           " WHERE s.setrole = 0 AND d.datname = " +
           database_literal + " AND pg_catalog.starts_with(entry, '" + k_read_only + "')";
}

}  // namespace

std::optional<std::string> read_only_setting(Session& session, const std::string& database) {
    const Rows rows = session.query(read_only_entries_sql("$1"), {database});
    if (rows.empty()) return std::nullopt;
    return rows[0][0];
}

std::vector<std::string> closed_roles(Session& session, const RaisedFence& fence) {
    std::vector<std::string> closed;
    for (const auto& row : session.query(
             "SELECT rolname FROM pg_catalog.pg_roles WHERE NOT rolcanlogin AND rolname = ANY ($1::name[]) ORDER BY 1",
             {array_literal(fence.roles)})) {
        closed.push_back(row[0].value());
    }
    return closed;
}

std::string fence_is_up_sql(const Session& session, const RaisedFence& fence) {
    if (fence.kind == "closed") {
        return "EXISTS (SELECT FROM pg_catalog.pg_roles WHERE NOT rolcanlogin AND rolname = ANY (" +
               session.quote_literal(array_literal(fence.roles)) + "::name[]))";
    }
    if (fence.read_only_before == "on") return "false";
    return "EXISTS (SELECT FROM (" + read_only_entries_sql(session.quote_literal(fence.database)) +
           ") AS entries WHERE value = 'on')";
}

std::vector<std::string> lifting_statements(const RaisedFence& fence) {
    std::vector<std::string> statements;
    for (const auto& role : fence.roles) statements.push_back("ALTER ROLE " + quoted_name(role) + " LOGIN");
    if (fence.kind == "read_only" && fence.read_only_before != "on") {
        const std::string setting =
            "ALTER DATABASE " + quoted_name(fence.database) +
            (fence.read_only_before ? " SET default_transaction_read_only TO " + quoted_literal(*fence.read_only_before)
                                    : " RESET default_transaction_read_only");
        statements.push_back(setting);
    }
    return statements;
}

}  // namespace lastgood
