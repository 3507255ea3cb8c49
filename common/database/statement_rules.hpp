#pragma once

#include "database/sql_statements.hpp"

namespace lastgood {

/// BEGIN, COMMIT, ROLLBACK and their like; not SAVEPOINT, RELEASE and ROLLBACK TO, which stay inside a transaction.
bool controls_transactions(const SqlStatement& statement);

/// The server refuses it in a transaction block, as far as the text tells (REINDEX of a partitioned table and DROP
/// SUBSCRIPTION depend on the catalogue: there the server says so itself, with SQLSTATE 25001).
bool needs_no_transaction(const SqlStatement& statement);

/// INSERT, UPDATE, DELETE, MERGE, COPY, SELECT, SET and their like: nothing behind whose lock others would queue, as
/// far as the text tells (a function may do anything). Not LOCK, TRUNCATE or SELECT INTO.
bool writes_rows_only(const SqlStatement& statement);

/// It changes what all databases of the server share (roles, databases, tablespaces, ALTER SYSTEM), as far as the text
/// tells.
bool changes_shared_objects(const SqlStatement& statement);

/// It changes rows of which its tag does not say how many: TRUNCATE, DROP, a WITH that writes.
bool hides_changed_rows(const SqlStatement& statement);

/// CALL and DO can end transactions themselves when they run outside of a block.
bool may_end_transactions(const SqlStatement& statement);

}  // namespace lastgood
