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

constexpr std::uint64_t k_small = 1ULL << 20U;  // octets of a table that is not worth a statement of its own
constexpr std::size_t k_small_tables = 32;      // of one statement: more would be planned longer, and locked at once

/// What is counted of each row.
std::string counts_sql(const std::string& newer_than_snapshot) {
    if (newer_than_snapshot.empty()) return "pg_catalog.count(*), 0, 0";
    return "pg_catalog.count(*), pg_catalog.count(*) filter (where " +
           newer_than_snapshot_sql("xmin", newer_than_snapshot) + "), pg_catalog.count(*) filter (where " +
           perhaps_newer_sql("xmin", newer_than_snapshot) + ")";
}

/// [first, end) of the slices that one statement counts: a thousand small tables need no thousand round trips.
struct Batch {
    std::size_t first = 0;
    std::size_t end = 0;
};

std::vector<Batch> batches_of(const std::vector<Slice>& slices, const std::vector<CatalogueTable>& tables) {
    std::vector<Batch> batches;
    const auto small = [&](std::size_t i) { return slices[i].whole() && tables[slices[i].table].size <= k_small; };
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const bool joins =
            !batches.empty() && small(i) && small(batches.back().first) && i - batches.back().first < k_small_tables;
        if (joins)
            batches.back().end = i + 1;
        else
            batches.push_back({i, i + 1});
    }
    return batches;
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
    const std::vector<Batch> batches = batches_of(slices, tables);
    std::mutex mutex;
    readers.read(batches.size(), [&](Session& session, std::size_t part) {
        std::string sql;
        for (std::size_t i = batches[part].first; i < batches[part].end; ++i) {
            const CatalogueTable& table = tables[slices[i].table];
            sql += (sql.empty() ? "select " : " union all select ") + std::to_string(slices[i].table) + ", " + counted +
                   " from only " + session.quote_name(table.facts.schema) + "." + session.quote_name(table.facts.name) +
                   " " + condition_of(table, slices[i]);
        }
        const Rows rows = session.query(sql);
        const std::lock_guard lock(mutex);
        for (const auto& row : rows) {
            RowCount& count = counts.tables[std::stoull(*row[0])];
            count.rows += std::stoull(*row[1]);
            count.newer += std::stoull(*row[2]);
            count.perhaps_newer += std::stoull(*row[3]);
        }
    });
    std::sort(counts.tables.begin(), counts.tables.end(),
              [](const RowCount& a, const RowCount& b) { return a.table < b.table; });
    return counts;
}

}  // namespace lastgood
