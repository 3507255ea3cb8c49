#pragma once

#include <string>

namespace lastgood {

/// SQL about the transaction that inserted a row version. `xmin` is an expression of type xid ("t.xmin"), `snapshot` is
/// the text of a pg_snapshot ("xmin:xmax:xip,..."); std::invalid_argument if it is not.

/// Boolean: the row version is not visible in the snapshot. A few integer operations for a row that is older, so that a
/// scan costs hardly more than its count(*). Rows of the asking transaction itself count as older. A row frozen more
/// than 2^32 transactions ago keeps its 32-bit xmin and may be taken for a newer one: too many are counted then, never
/// too few.
std::string newer_than_snapshot_sql(const std::string& xmin, const std::string& snapshot);

/// Bigint: the full 64-bit transaction id (as xid8). Only meaningful where newer_than_snapshot_sql is true.
std::string transaction_since_sql(const std::string& xmin, const std::string& snapshot);

}  // namespace lastgood
