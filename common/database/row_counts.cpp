#include "database/contents.hpp"
#include "database/row_versions.hpp"
#include "database/slices.hpp"
#include "database/table_readers.hpp"

#include <algorithm>
#include <mutex>

namespace lastgood {

namespace {

/// An error instead of fewer rows.
std::string counting_settings(const Session&) {
    return "set local row_security = off";
}

/// What is counted of each row.
std::string counts_sql(const std::string& newer_than_snapshot) {
    if (newer_than_snapshot.empty()) return "select pg_catalog.count(*), 0, 0";
    return "select pg_catalog.count(*), pg_catalog.count(*) filter (where " +
           newer_than_snapshot_sql("xmin", newer_than_snapshot) + "), pg_catalog.count(*) filter (where " +
           perhaps_newer_sql("xmin", newer_than_snapshot) + ")";
}

}  // namespace

RowCounts count_rows(const ReadingOrder& order, const std::string& newer_than_snapshot) {
    TableReaders readers(order, "", counting_settings);
    RowCounts counts;
    if (!newer_than_snapshot.empty()) counts.position = *readers.first().value(snapshot_position_sql());
    std::vector<CatalogueTable> tables = read_tables_and_sequences(readers.first()).tables;
    const std::vector<Slice> slices = plan_reading(tables, order.jobs, readers.first().server_version());
    for (const CatalogueTable& table : tables) counts.tables.push_back({table.facts.qualified(), table.facts.oid});
    const std::string counted = counts_sql(newer_than_snapshot);
    std::mutex mutex;
    readers.read(slices.size(), [&](Session& session, std::size_t part) {
        const CatalogueTable& table = tables[slices[part].table];
        const Rows rows = session.query(counted + " from only " + session.quote_name(table.facts.schema) + "." +
                                        session.quote_name(table.facts.name) + " " + condition_of(table, slices[part]));
        const std::lock_guard lock(mutex);
        RowCount& count = counts.tables[slices[part].table];
        count.rows += std::stoull(*rows[0][0]);
        count.newer += std::stoull(*rows[0][1]);
        count.perhaps_newer += std::stoull(*rows[0][2]);
    });
    std::sort(counts.tables.begin(), counts.tables.end(),
              [](const RowCount& a, const RowCount& b) { return a.table < b.table; });
    return counts;
}

}  // namespace lastgood
