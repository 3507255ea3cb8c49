#include "database/exported_snapshot.hpp"

#include "core/failure.hpp"
#include "database/cannot_read.hpp"
#include "database/digest_query.hpp"
#include "database/row_versions.hpp"
#include "database/snapshot_reader.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr std::size_t k_tables_of_a_statement = 500;
constexpr const char* k_lock_timeout = "set local lock_timeout = '30s'";

constexpr const char* k_no_such_table = "42P01";

Failure changed_meanwhile(const std::string& what) {
    return {ExitCode::failed_clean, what, "nothing", "lastgood backup-capture   takes a new snapshot"};
}

std::string oids_of(const std::vector<CatalogueTable>& tables) {
    std::vector<std::string> oids;
    oids.reserve(tables.size());
    for (const CatalogueTable& table : tables) oids.push_back(std::to_string(table.facts.oid));
    return array_literal(oids);
}

}  // namespace

ExportedSnapshot::ExportedSnapshot(const ConnectionUrl& url, const std::string& application_name,
                                   Interruption& interruption)
    : m_session(url, application_name, interruption) {
    m_session.execute(k_begin_reading);
    m_session.execute(digest_settings(m_session));
    m_position = *m_session.value(snapshot_position_sql());
    m_id = *m_session.value("select pg_catalog.pg_export_snapshot()");
}

void ExportedSnapshot::hold(std::vector<CatalogueTable>& tables) {
    if (tables.empty()) return;
    m_session.execute(k_lock_timeout);
    lock(tables);
    refuse_rewritten(tables);
    measure(tables);
}

void ExportedSnapshot::lock(const std::vector<CatalogueTable>& tables) {
    for (std::size_t begin = 0; begin < tables.size(); begin += k_tables_of_a_statement) {
        std::string names;
        for (std::size_t i = begin; i < std::min(tables.size(), begin + k_tables_of_a_statement); ++i) {
            const TableFacts& table = tables[i].facts;
            names += (names.empty() ? "only " : ", only ") + m_session.quote_name(table.schema) + "." +
                     m_session.quote_name(table.name);
        }
        try {
            m_session.execute("lock table " + names + " in access share mode");
        } catch (const DatabaseError& error) {
            if (error.sqlstate() == k_no_such_table) {
                throw changed_meanwhile("a table was dropped as the capture began: " + error.primary());
            }
            throw cannot_read("a table", error);
        }
    }
}

/// The catalogue is read as the snapshot sees it, pg_relation_filenode() as it is now.
void ExportedSnapshot::refuse_rewritten(const std::vector<CatalogueTable>& tables) {
    const Rows rewritten = m_session.query(
        "select c.oid::regclass from pg_class c where c.oid = any ($1::oid[]) "
        "and c.relfilenode is distinct from pg_relation_filenode(c.oid) order by 1::text limit 5",
        {oids_of(tables)});
    if (rewritten.empty()) return;
    throw changed_meanwhile("table " + rewritten[0][0].value_or("") +
                            " was rewritten or truncated as the capture began");
}

void ExportedSnapshot::measure(std::vector<CatalogueTable>& tables) {
    const Rows sizes = m_session.query(
        "select coalesce(pg_table_size(oid), 0), coalesce(pg_relation_size(oid), 0) / "
        "current_setting('block_size')::bigint "
        "from unnest($1::oid[]) with ordinality as t (oid, place) order by place",
        {oids_of(tables)});
    for (std::size_t i = 0; i < tables.size(); ++i) {
        tables[i].size = std::stoull(*sizes[i][0]);
        tables[i].pages = std::stoull(*sizes[i][1]);
    }
}

}  // namespace lastgood
