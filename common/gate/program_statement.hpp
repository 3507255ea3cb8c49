#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

/// A statement of a program that works inside a transaction of ours, as far as that must know what it is.
struct ProgramStatement {
    enum class Kind {
        ordinary,
        begin,        ///< BEGIN, START TRANSACTION
        commit,       ///< COMMIT, END
        rollback,     ///< ROLLBACK, ABORT
        savepoint,    ///< SAVEPOINT `name`
        release,      ///< RELEASE `name`
        rollback_to,  ///< ROLLBACK TO `name`
        set_local,    ///< SET LOCAL `name`
        set,          ///< SET or RESET `name`
        impossible,   ///< AND CHAIN, two-phase commit: it ends our transaction, or none of ours could do it
    };
    Kind kind = Kind::ordinary;
    std::string name;         ///< as the server folds it; of a savepoint or a setting
    std::string shown;        ///< shown_statement()
    bool read_only = false;   ///< of begin
    bool hides_rows = false;  ///< it changes rows, and its tag does not say how many
    bool reads_rows = false;  ///< COPY ... FROM: its tag counts rows that were written

    bool controls_transaction() const {
        return kind == Kind::begin || kind == Kind::commit || kind == Kind::rollback || kind == Kind::impossible;
    }
};

/// The statements of a text, in order. Throws ScriptError if it cannot be taken apart.
std::vector<ProgramStatement> program_statements(std::string_view text);

/// Why a text cannot be taken apart under these settings, though the server could: then a COMMIT could hide in it.
/// Values as ParameterStatus reports them.
std::optional<std::string> why_unreadable(std::string_view text, const std::string& client_encoding,
                                          const std::string& standard_conforming_strings);

}  // namespace lastgood
