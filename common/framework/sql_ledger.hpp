#pragma once

#include "framework/migration_files.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A transaction of a migration and the first id that was not yet given out when it ended.
struct OwnTransaction {
    std::string first;
    std::string next;
    std::string text() const { return first + ":" + next; }
};

/// A row of public.lastgood_migrations. `transactions`: a migration that runs outside of a transaction has several.
struct LedgerRow {
    std::string name;
    std::string sha256;
    bool done = true;    ///< false: started, and not ended
    int reached = 0;     ///< which of its statements was begun last, from 1; 0 none
    int statements = 0;  ///< how many it has
    std::vector<OwnTransaction> transactions;
};

/// What the sql framework keeps in the database that it migrates. The table is made by the first migration, in its
/// transaction.
namespace sql_ledger {

/// All rows, by name; a missing table has none.
std::vector<LedgerRow> read(Session& session);
/// Inside a transaction that is about to begin its work: the table exists, and the transaction's id is returned.
std::string open_transaction(Session& session);
/// Last in the migration's transaction `first`: it is done.
void note_done(Session& session, const MigrationFile& file, const std::string& first, int statements);
/// For a migration that runs outside of a transaction: it is begun, ...
void note_started(Session& session, const MigrationFile& file, int statements);
/// ... its statement `number` is about to run, ...
void note_reached(Session& session, const MigrationFile& file, int number);
/// ... a statement of it ran in the transaction `first` (last in that transaction), ...
void note_transaction(Session& session, const MigrationFile& file, const std::string& first);
/// ... and it has ended.
void note_ended(Session& session, const MigrationFile& file);

}  // namespace sql_ledger

}  // namespace lastgood
