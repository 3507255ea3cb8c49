#pragma once

#include "core/facts.hpp"
#include "database/reading_order.hpp"
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
/// connections of which each imports `snapshot` (none: a view of their own). Largest tables first. row_security is off:
/// a table whose policies would hide rows is an error (Failure 3), never a smaller digest. `on_table` is told after
/// each table, from any thread. Tables in `known` are not read.
ContentFacts read_contents(const ConnectionUrl& url, const std::string& application_name, const std::string& snapshot,
                           int jobs, Interruption& interruption,
                           const std::function<void(const TableFacts&)>& on_table = {},
                           const std::vector<TableDigest>& known = {});

/// Digest and row count of the tables with these oids, those that are there; all of one view of the session's own.
std::vector<TableFacts> read_digests(const ReadingOrder& order, const std::vector<std::uint32_t>& oids);

/// The SQL that yields rows and sum for one table (content digest format 1); "select ... from only t [where
/// condition]".
std::string digest_query(const Session& session, const TableFacts& table, const std::string& condition = "");

/// Rows of each table and how many of them are newer than a snapshot.
struct RowCount {
    std::string table;  ///< qualified
    std::uint32_t oid = 0;
    std::uint64_t rows = 0;
    std::uint64_t newer = 0;
    std::uint64_t perhaps_newer = 0;  ///< may be of subtransactions that were open at the snapshot
};
struct RowCounts {
    std::string position;  ///< the snapshot that they were counted in; "" where no row was asked to be newer
    std::vector<RowCount> tables;
};
/// All of one view; in one pass each, the largest first. `newer_than_snapshot`: pg_snapshot text; "": none is newer.
/// Failure of the server's (DatabaseError 42501) where policies would hide rows.
RowCounts count_rows(const ReadingOrder& order, const std::string& newer_than_snapshot);

/// What differs, as sentences ("public.orders: 9,990 rows, 10,000 expected"); empty: equal. Sequences: restored >=
/// expected. oids and filenodes are not compared.
std::vector<std::string> compare_contents(const ContentFacts& expected, const ContentFacts& found);

}  // namespace lastgood
