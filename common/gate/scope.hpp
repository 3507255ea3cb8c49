#pragma once

#include "gate/own_statements.hpp"
#include "gate/touched_rows.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>

namespace lastgood {

class Bell;

/// What a program takes for a transaction, inside the one that is ours: a savepoint. Its own block, or what outside of
/// a block would be committed by itself.
class GateScope {
  public:
    enum class Kind { none, unit, block };

    /// `cancel` and `hurry`: for a check of deferred constraints that takes too long when the gate closes.
    GateScope(OwnStatements& own, RowsLedger& rows, std::function<void()> cancel, const Bell& hurry);

    Kind kind() const { return m_kind; }
    /// An error has come since it was opened: only taking it back is left.
    bool failed() const { return m_failed; }
    void note(bool failed) { m_failed = failed; }

    void open(Kind kind, bool read_only = false);
    void become_block() { m_kind = Kind::block; }
    /// As COMMIT does: deferred constraints are checked first, cursors and settings of SET LOCAL end. "", or the error
    /// as the server put it; then it is taken back.
    std::string keep();
    void take_back();
    /// Makes the server take it for failed.
    void fail();

    /// Before the statement runs: a setting that SET LOCAL is about to change, or that SET takes out of its hands.
    void expect(const ProgramStatement& statement);

  private:
    OwnAnswer run(const std::vector<std::string>& statements);
    void close_cursors(std::optional<std::string> cursor);
    void restore_settings();
    void close();

    OwnStatements& m_own;
    RowsLedger& m_rows;
    std::function<void()> m_cancel;
    const Bell& m_hurry;
    std::string m_name;  ///< of the savepoint; no program's is called so
    Kind m_kind = Kind::none;
    bool m_failed = false;
    std::map<std::string, std::string> m_before_local;  ///< settings, as they were before SET LOCAL
};

/// `SET` of a setting whose value is known as current_setting() gives it.
std::string set_statement(const std::string& setting, const std::string& value, bool is_local);

}  // namespace lastgood
