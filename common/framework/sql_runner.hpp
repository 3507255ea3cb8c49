#pragma once

#include "framework/migration_error.hpp"
#include "framework/migration_files.hpp"
#include "framework/sql_ledger.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;
class Session;
class Transaction;

/// Runs migrations, one at a time, in a session that it opens again when it was lost.
class SqlRunner {
  public:
    using Open = std::function<std::unique_ptr<Session>()>;
    /// `open` gives a fresh session with the guard's settings.
    SqlRunner(Open open, const Interruption& interruption);
    ~SqlRunner();

    Session& session() { return *m_session; }
    /// The ledger, which from now on is known to exist or not.
    std::vector<LedgerRow> read_ledger();
    /// Runs one file, from its statement `first` on where it stopped half way (`begun`: the ledger knows it already),
    /// and notes it in the ledger. Throws MigrationError.
    std::vector<OwnTransaction> run(const MigrationFile& file, const std::vector<SqlStatement>& statements,
                                    int first = 1, bool begun = false);
    /// Runs a way down and takes the migration out of the ledger.
    void run_down(const MigrationFile& file, const std::vector<SqlStatement>& statements);

  private:
    void prepare_session();
    OwnTransaction run_in_transaction(const MigrationFile& file, int statements);
    std::vector<OwnTransaction> run_stepwise(const MigrationFile& file, const std::vector<SqlStatement>& statements,
                                             int first, bool begun);
    void run_step(const MigrationFile& file, const SqlStatement& statement, int number);
    bool committed(const std::string& migration, const std::string& id);
    void commit(Transaction& transaction, const std::string& migration, const std::string& id);
    std::vector<OwnTransaction> noted(const MigrationFile& file);

    Open m_open;
    const Interruption& m_interruption;
    std::unique_ptr<Session> m_session;
    bool m_has_table = false;
};

}  // namespace lastgood
