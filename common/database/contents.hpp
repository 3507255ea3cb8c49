#pragma once

#include "core/facts.hpp"
#include "database/session.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lastgood {

/// The catalogue's tables and sequences as the session's transaction sees them; no rows are read (digest "", rows 0).
/// Left out and listed in not_compared: materialized views, foreign tables, tables of extensions (their configuration
/// tables are compared, under the extension's condition). pg_temp and system schemas do not count.
ContentFacts read_catalogue(Session& session);

/// The content digest of a table, computed by whoever saw its rows.
struct TableDigest {
    std::uint32_t oid = 0;
    std::uint64_t rows = 0;
    std::string digest;  ///< "<sum>/<rows>"
};

/// read_catalogue plus the digest and row count of every table and the digest of the large objects, by `jobs`
/// connections of which each imports `snapshot` (none: each session's own view, for a database nobody else writes to).
/// Largest tables first. row_security is off: a table whose policies would hide rows is an error (Failure 3), never a
/// smaller digest. `on_table` is told after each table, from any thread. Tables in `known` are not read.
ContentFacts read_contents(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                           int jobs, Interruption& interruption,
                           const std::function<void(const TableFacts&)>& on_table = {},
                           const std::vector<TableDigest>& known = {});

/// The SQL that yields rows and sum for one table (content digest format 1); "select ... from only t [where
/// condition]".
std::string digest_query(const Session& session, const TableFacts& table, const std::string& condition = "");

/// Rows of each table, in one pass each, and how many of them are newer than `snapshot` (pg_snapshot text).
struct RowCount {
    std::string table;  ///< qualified
    std::uint32_t oid = 0;
    std::uint64_t rows = 0;
    std::uint64_t newer = 0;
    std::uint64_t perhaps_newer = 0;  ///< may be of subtransactions that were open at the snapshot
};
struct RowCounts {
    std::string position;  ///< the snapshot that they were counted in
    std::vector<RowCount> tables;
};
RowCounts count_rows(Session& session, const std::string& newer_than_snapshot);

/// What differs, as sentences ("public.orders: 9,990 rows, 10,000 expected"); empty: equal. Sequences: restored >=
/// expected. oids and filenodes are not compared.
std::vector<std::string> compare_contents(const ContentFacts& expected, const ContentFacts& found);

}  // namespace lastgood
