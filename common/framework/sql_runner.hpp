#pragma once

#include "framework/migration_files.hpp"
#include "framework/sql_ledger.hpp"

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace lastgood {

class Interruption;
class Session;

/// Why a migration did not run to its end, in the words of its message.
class MigrationError : public std::runtime_error {
  public:
    enum class Left {
        nothing,    ///< its transaction was rolled back
        half_way,   ///< statements of it were committed, or left something behind
        not_known,  ///< the connection was lost where it matters
    };
    MigrationError(const std::string& reason, std::string detail, std::string sqlstate, Left left)
        : std::runtime_error(reason), m_detail(std::move(detail)), m_sqlstate(std::move(sqlstate)), m_left(left) {}
    const std::string& detail() const { return m_detail; }
    const std::string& sqlstate() const { return m_sqlstate; }
    Left left() const { return m_left; }

  private:
    std::string m_detail;
    std::string m_sqlstate;
    Left m_left;
};

/// Runs migrations, one at a time, in a session that it opens again when it was lost.
class SqlRunner {
  public:
    using Open = std::function<std::unique_ptr<Session>()>;
    /// `open` gives a fresh session with the guard's settings.
    SqlRunner(Open open, const Interruption& interruption);
    ~SqlRunner();

    Session& session() { return *m_session; }
    /// Runs one file and notes it in the ledger. Throws MigrationError.
    std::vector<OwnTransaction> run(const MigrationFile& file, const std::vector<SqlStatement>& statements);

  private:
    OwnTransaction run_in_transaction(const MigrationFile& file, int statements);
    void run_stepwise(const MigrationFile& file, const std::vector<SqlStatement>& statements);
    void run_step(const MigrationFile& file, const SqlStatement& statement);
    bool committed(const std::string& transaction);
    std::vector<OwnTransaction> noted(const MigrationFile& file);

    Open m_open;
    const Interruption& m_interruption;
    std::unique_ptr<Session> m_session;
};

}  // namespace lastgood
