#include "database/server.hpp"

#include "core/failure.hpp"
#include "database/connection_url.hpp"
#include "database/row_versions.hpp"
#include "database/session.hpp"
#include "database/unfinished.hpp"
#include "outside/files.hpp"

#include <chrono>
#include <filesystem>

namespace lastgood {
namespace {

bool yes(const std::optional<std::string>& value) {
    return value == "t";
}

}  // namespace

DatabaseIdentity identify(Session& session) {
    DatabaseIdentity identity;
    if (yes(session.value("select has_function_privilege('pg_catalog.pg_control_system()', 'execute')"))) {
        identity.system_identifier =
            session.value("select system_identifier::text from pg_catalog.pg_control_system()").value_or("");
    }
    const Rows rows =
        session.query("select oid, datname from pg_catalog.pg_database where datname = pg_catalog.current_database()");
    identity.oid = static_cast<std::uint32_t>(std::stoul(*rows[0][0]));
    identity.name = *rows[0][1];
    identity.address = session.url().address();
    return identity;
}

Time server_time(Session& session) {
    const auto milliseconds =
        session.value("select floor(extract(epoch from pg_catalog.clock_timestamp()) * 1000)::bigint");
    return Time(std::chrono::milliseconds(std::stoll(*milliseconds)));
}

std::string current_snapshot(Session& session) {
    return *session.value(snapshot_position_sql());
}

std::uint64_t database_size(Session& session, const std::string& database) {
    return std::stoull(*session.value("select pg_catalog.pg_database_size($1::name)", {database}));
}

std::uint64_t cluster_size(Session& session) {
    return std::stoull(
        *session.value("select coalesce(sum(pg_catalog.pg_database_size(oid)), 0)::bigint from pg_catalog.pg_database "
                       "where pg_catalog.has_database_privilege(oid, 'connect')"));
}

std::vector<std::string> other_databases(Session& session, const std::vector<std::string>& known) {
    std::vector<std::string> names;
    for (const auto& row : session.query("select datname from pg_catalog.pg_database where not datistemplate "
                                         "and datname <> 'postgres' and datname <> all ($1::name[]) "
                                         "and position('__lg_' in datname) = 0 order by 1",
                                         {array_literal(known)}))
        names.push_back(row[0].value_or(""));
    return names;
}

RoleFacts role_facts(Session& session) {
    const Rows rows = session.query(
        "select r.rolname, r.rolsuper, r.rolsuper or r.rolcreatedb, pg_has_role('pg_signal_backend', 'USAGE'), "
        "pg_has_role(d.datdba, 'USAGE'), pg_has_role('pg_read_all_stats', 'USAGE') "
        "from pg_catalog.pg_roles r, pg_catalog.pg_database d "
        "where r.rolname = current_user and d.datname = pg_catalog.current_database()");
    const auto& row = rows[0];
    return {*row[0], yes(row[1]), yes(row[2]), yes(row[3]), yes(row[4]), yes(row[5])};
}

std::optional<std::uint64_t> server_free_space(Session& session) {
    const Rows rows = session.query(
        "select setting from pg_catalog.pg_settings where name = 'data_directory' "
        "and coalesce(pg_catalog.inet_server_addr() = pg_catalog.inet_client_addr(), true)");
    if (rows.empty() || !rows[0][0]) return std::nullopt;
    std::error_code unreadable;
    const std::filesystem::path directory(*rows[0][0]);
    if (!std::filesystem::is_directory(directory, unreadable)) return std::nullopt;
    try {
        return free_space(directory);
    } catch (const FileError&) {
        return std::nullopt;
    }
}

std::vector<std::string> invalid_indexes(Session& session) {
    std::vector<std::string> names;
    for (const Unfinished& index : unfinished_indexes(session)) names.push_back(index.what);
    return names;
}

}  // namespace lastgood
