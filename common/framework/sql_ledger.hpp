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
    int reached = 0;     ///< which of its statements comes next, from 1: it may have begun; 0 none
    int statements = 0;  ///< how many it has
    std::vector<OwnTransaction> transactions;
};

/// What the sql framework keeps in the database that it migrates. The table is made by the first migration, in its
/// transaction.
namespace sql_ledger {

/// All rows, by name; a missing table has none.
std::vector<LedgerRow> read(Session& session);
/// BEGIN, in a way that the table exists from then on.
std::string begin_sql(bool table_exists);
/// SQL for the end of a migration's transaction: notes that it is done, and yields its OwnTransaction as one row. It is
/// sent behind the migration itself, in one round trip.
std::string done_sql(const Session& session, const MigrationFile& file, int statements);
/// For a migration that runs outside of a transaction: it is begun, ...
void note_started(Session& session, const MigrationFile& file, int statements);
/// ... its statement `number` comes next, ...
void note_reached(Session& session, const MigrationFile& file, int number);
/// ... a statement of it ran in this transaction (last in it), and `number` comes next, ...
void note_transaction(Session& session, const MigrationFile& file, int number);
/// ... and it has ended.
void note_ended(Session& session, const MigrationFile& file);
/// It was taken back.
void forget(Session& session, const MigrationFile& file);

}  // namespace sql_ledger

}  // namespace lastgood
