#pragma once

#include <string>

namespace lastgood {

/// SQL about the transaction that inserted a row version. `xmin` is an expression of type xid ("t.xmin"), `snapshot` is
/// the text of a pg_snapshot ("xmin:xmax:xip,..."); std::invalid_argument if it is not.

/// A query for the text of the asking transaction's snapshot. Its list of open transactions also names their
/// subtransactions (savepoints), which pg_current_snapshot() leaves out and pg_visible_in_snapshot() then calls
/// visible. Missing are those of a transaction that ended between the snapshot and this question: perhaps_newer_sql is
/// about them.
std::string snapshot_position_sql();

/// Boolean: the transaction is not older than the oldest that was open at the snapshot. A few integer operations, so
/// that a scan costs hardly more than its count(*). A row frozen more than 2^32 transactions ago keeps its 32-bit xmin
/// and may be taken for a newer one: too many are counted then, never too few.
std::string since_snapshot_sql(const std::string& xmin, const std::string& snapshot);

/// Boolean: the row version is not visible in the snapshot, for certain. Rows of the asking transaction itself count as
/// older.
std::string newer_than_snapshot_sql(const std::string& xmin, const std::string& snapshot);

/// Boolean: the row version may be that of a subtransaction whose parent was open at the snapshot: its id was given out
/// after the first open one's and is not known to have been open. Never true where newer_than_snapshot_sql is.
std::string perhaps_newer_sql(const std::string& xmin, const std::string& snapshot);

/// Bigint: the full 64-bit transaction id (as xid8). Only meaningful where since_snapshot_sql is true.
std::string transaction_since_sql(const std::string& xmin, const std::string& snapshot);

}  // namespace lastgood
