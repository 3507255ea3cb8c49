#include "database/beside.hpp"

#include "core/failure.hpp"
#include "database/backends.hpp"
#include "database/creation_statement.hpp"
#include "database/database_mark.hpp"
#include "database/session.hpp"

#include <chrono>

namespace lastgood {
namespace {

constexpr std::chrono::seconds k_seal_patience{10};
constexpr const char* k_no_privilege = "42501";

/// Naming the template's own tablespace would take a privilege that leaving it out does not.
std::string tablespace_clause(Session& session, const std::string& tablespace) {
    const auto own = session.value(
        "SELECT t.spcname FROM pg_catalog.pg_database d JOIN pg_catalog.pg_tablespace t ON t.oid = d.dattablespace"
        " WHERE d.datname = 'template0'");
    return tablespace.empty() || tablespace == own ? "" : " TABLESPACE " + session.quote_name(tablespace);
}

std::string create_statement(Session& session, const std::string& name, const DatabaseProperties& like) {
    return creation_statement(name, like) + tablespace_clause(session, like.tablespace);
}

Failure creation_failure(Session& session, const std::string& name, const DatabaseProperties& like,
                         const DatabaseError& error) {
    const std::string what = "cannot create the database \"" + name + "\": " + error.primary();
    if (error.sqlstate() == k_no_privilege) {
        const std::string role = session.quote_name(session.value("SELECT current_user").value_or(""));
        const bool may_create =
            session.value("SELECT rolcreatedb OR rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user") ==
            "t";
        const std::string grant =
            may_create ? "GRANT CREATE ON TABLESPACE " + session.quote_name(like.tablespace) + " TO " + role
                       : "ALTER ROLE " + role + " CREATEDB";
        return {ExitCode::refused, what, "nothing", grant + ";   as a superuser, then start again"};
    }
    if (error.sqlstate() == "53100") {
        return {ExitCode::failed_clean, what, "nothing", "make room on the server's disk, then start again"};
    }
    return {ExitCode::failed_clean, what, "nothing", "lastgood check   says what stands in the way"};
}

}  // namespace

std::vector<MarkedDatabase> marked_databases(Session& session) {
    std::vector<MarkedDatabase> marked;
    for (const auto& row : session.query("SELECT d.datname, d.oid, d.datallowconn, s.description"
                                         " FROM pg_catalog.pg_database d"
                                         " JOIN pg_catalog.pg_shdescription s ON s.objoid = d.oid"
                                         " AND s.classoid = 'pg_catalog.pg_database'::pg_catalog.regclass"
                                         " ORDER BY d.datname")) {
        auto mark = parse_mark(row[3].value());
        if (!mark) continue;
        marked.push_back(
            {row[0].value(), static_cast<std::uint32_t>(std::stoul(row[1].value())), row[2] == "t", std::move(*mark)});
    }
    return marked;
}

std::vector<MarkedDatabase> marked_databases(Session& session, const std::string& scope) {
    std::vector<MarkedDatabase> marked = marked_databases(session);
    std::erase_if(marked, [&](const MarkedDatabase& database) { return database.mark.scope != scope; });
    return marked;
}

void create_beside(Session& session, const std::string& name, const DatabaseProperties& like,
                   const DatabaseMark& mark) {
    try {
        session.execute(create_statement(session, name, like));
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        throw creation_failure(session, name, like, error);
    }
    set_mark(session, name, mark);
}

void set_mark(Session& session, const std::string& name, const DatabaseMark& mark) {
    session.execute("COMMENT ON DATABASE " + session.quote_name(name) + " IS " +
                    session.quote_literal(mark_text(mark)));
}

void seal(Session& session, const std::string& name) {
    session.execute("ALTER DATABASE " + session.quote_name(name) + " ALLOW_CONNECTIONS false");
    const auto left = end_backends(session, name, {}, k_seal_patience);
    if (left.empty()) return;
    throw Failure(ExitCode::failed_changed,
                  "pid " + std::to_string(left.front().pid) + " (role \"" + left.front().role + "\") stays in \"" +
                      name + "\" and cannot be ended",
                  "\"" + name + "\" accepts no new connections",
                  "SELECT pg_terminate_backend(" + std::to_string(left.front().pid) + ");   as a superuser");
}

void unseal(Session& session, const std::string& name) {
    session.execute("ALTER DATABASE " + session.quote_name(name) + " ALLOW_CONNECTIONS true");
}

bool database_exists(Session& session, const std::string& name) {
    return database_oid(session, name).has_value();
}

std::optional<std::uint32_t> database_oid(Session& session, const std::string& name) {
    const Rows rows = session.query("SELECT oid FROM pg_catalog.pg_database WHERE datname = $1", {name});
    if (rows.empty()) return std::nullopt;
    return static_cast<std::uint32_t>(std::stoul(rows[0][0].value()));
}

}  // namespace lastgood
