#pragma once

#include "core/facts.hpp"
#include "database/contents.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Session;

/// What a rollback would throw away. Row versions are judged by their inserting transaction; deleted rows leave no
/// version behind and are not counted (a rollback brings them back).
struct LossQuestion {
    std::string snapshot;  ///< of the restore point
    std::string
        window_begin;  ///< pg_current_snapshot() when migrate began; "": it never began, all that is newer is others'
    std::string window_end;    ///< ... when it ended; "": not known, the window lasts until now
    bool writes_open = true;   ///< could others write inside the window?
    bool window_known = true;  ///< false (--without-store): whatever is newer is counted as possible
    /// Transactions that the `sql` framework noted as its own: "first:next" pairs, the transaction and the first id not
    /// yet given out when it ended. The first is the migration's, the others in between can be its subtransactions.
    /// Empty: not noted, the window decides.
    std::vector<std::string> own_transactions;
    std::vector<TableFacts> then;  ///< the manifest's tables (oid, filenode)
    std::vector<RowCount>
        before_migrate;  ///< count_rows at the start of migrate, for tables that the migration rewrote or dropped
};

/// Reads every table that has rows newer than the snapshot. Tables by oid, so a renamed table is the same table.
LossReport count_losses(Session& session, const LossQuestion& question);

}  // namespace lastgood
