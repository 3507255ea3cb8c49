#include "framework/sql_runner.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"
#include "database/statement_rules.hpp"
#include "database/transaction_outcome.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace lastgood {

namespace {

using Left = MigrationError::Left;

constexpr const char* k_active_transaction = "25001";
constexpr std::chrono::seconds k_patience_for_reconnect{15};

/// Deferred constraints speak before the commit, where they are an error like any other; whoever the file became, the
/// ledger is ours.
constexpr const char* k_end_of_file = "\n; set constraints all immediate; reset session authorization; reset role; ";

/// The line that the server complains about, from 1; none where it does not say or means the text of a function.
std::optional<int> line_of(const std::string& message) {
    const auto at = message.find("\nLINE ");
    if (at == std::string::npos || message.find("\nQUERY:") != std::string::npos) return std::nullopt;
    return std::atoi(message.c_str() + at + 6);
}

/// `first_line`: where in the file the text began that the server got.
MigrationError server_said(const std::string& migration, const MigrationScript& script, int first_line,
                           const DatabaseError& error, Left left) {
    const auto line = line_of(error.what());
    const std::string place = line ? script.place(first_line - 1 + *line) : script.file;
    return {migration, place + ": " + error.primary(), error.what(), error.sqlstate(), left};
}

}  // namespace

SqlRunner::SqlRunner(Open open, const Interruption& interruption)
    : m_open(std::move(open)), m_interruption(interruption), m_session(m_open()) {}

SqlRunner::~SqlRunner() = default;

std::vector<LedgerRow> SqlRunner::read_ledger() {
    auto rows = sql_ledger::read(*m_session);
    m_has_table = !rows.empty();
    return rows;
}

/// What the file before set for the session must not leak into the next one.
void SqlRunner::prepare_session() {
    m_session->execute("discard all");
}

std::vector<OwnTransaction> SqlRunner::run(const MigrationFile& file, const std::vector<SqlStatement>& statements,
                                           int first, bool begun) {
    if (file.up.in_transaction) return {run_in_transaction(file, static_cast<int>(statements.size()))};
    return run_stepwise(file, statements, first, begun);
}

OwnTransaction SqlRunner::run_in_transaction(const MigrationFile& file, int statements) {
    OwnTransaction own;
    try {
        prepare_session();
        Transaction transaction(*m_session, sql_ledger::begin_sql(m_has_table));
        const Rows ids = m_session->script((statements > 0 ? file.up.text : "") + k_end_of_file +
                                           sql_ledger::done_sql(*m_session, file, statements));
        own = {ids[0][0].value(), ids[0][1].value()};
        commit(transaction, file.name, own.first);
    } catch (const DatabaseError& error) {
        throw server_said(file.name, file.up, 1, error, Left::nothing);
    }
    m_has_table = true;
    return own;
}

/// Where the connection is lost over it, the server is asked.
void SqlRunner::commit(Transaction& transaction, const std::string& migration, const std::string& id) {
    try {
        transaction.commit();
    } catch (const Failure& failure) {
        if (failure.code() != ExitCode::in_doubt) throw;
        if (committed(migration, id)) return;
        throw MigrationError(migration, "the connection was lost in its commit, which did not happen", "", "",
                             Left::nothing);
    }
}

std::vector<OwnTransaction> SqlRunner::run_stepwise(const MigrationFile& file,
                                                    const std::vector<SqlStatement>& statements, int first,
                                                    bool begun) {
    try {
        prepare_session();
        if (first == 1 && !begun) {
            Transaction transaction(*m_session, sql_ledger::begin_sql(m_has_table));
            sql_ledger::note_started(*m_session, file, static_cast<int>(statements.size()));
            transaction.commit();
        }
    } catch (const DatabaseError& error) {
        throw server_said(file.name, file.up, 1, error, Left::nothing);
    }
    m_has_table = true;
    for (int number = first; number <= static_cast<int>(statements.size()); ++number) {
        const SqlStatement& statement = statements[static_cast<std::size_t>(number) - 1];
        try {
            sql_ledger::note_reached(*m_session, file, number);
            run_step(file, statement, number);
        } catch (const DatabaseError& error) {
            const auto left = error.connection_lost() ? Left::not_known : Left::half_way;
            const auto said = server_said(file.name, file.up, statement.line, error, left);
            throw MigrationError(file.name,
                                 "statement " + std::to_string(number) + " of " + std::to_string(statements.size()) +
                                     ", " + said.reason(),
                                 said.detail(), said.sqlstate(), left);
        } catch (const Failure& failure) {
            throw MigrationError(file.name, failure.what_happened(), failure.detail(), "", Left::not_known);
        }
    }
    sql_ledger::note_ended(*m_session, file);
    return noted(file);
}

/// In a transaction with its note where the server allows that, so that the loss report knows which writes were ours.
void SqlRunner::run_step(const MigrationFile& file, const SqlStatement& statement, int number) {
    if (!needs_no_transaction(statement) && !may_end_transactions(statement)) {
        try {
            Transaction transaction(*m_session);
            m_session->execute(statement.text);
            sql_ledger::note_transaction(*m_session, file, number + 1);
            return transaction.commit();
        } catch (const DatabaseError& error) {
            if (error.sqlstate() != k_active_transaction) throw;
        }
    }
    m_session->execute(statement.text);
}

void SqlRunner::run_down(const MigrationFile& file, const std::vector<SqlStatement>& statements) {
    const MigrationScript& down = file.down.value();
    int line = 1;
    auto left = Left::nothing;
    try {
        prepare_session();
        for (const auto& statement : statements) {
            if (down.in_transaction) break;
            line = statement.line;
            if (may_end_transactions(statement)) left = Left::half_way;
            m_session->execute(statement.text);
            left = Left::half_way;
        }
        Transaction transaction(*m_session);
        const std::string id = m_session->value("select pg_catalog.pg_current_xact_id()::text").value();
        if (down.in_transaction && !statements.empty()) m_session->execute(down.text + k_end_of_file);
        sql_ledger::forget(*m_session, file);
        commit(transaction, file.name, id);
    } catch (const DatabaseError& error) {
        throw server_said(file.name, down, line, error, down.in_transaction ? Left::nothing : left);
    }
}

/// Asks the server about a transaction whose commit was under way when the connection went. Throws MigrationError
/// (not_known) if the server stays away.
bool SqlRunner::committed(const std::string& migration, const std::string& id) {
    const auto outcome = was_committed(id, m_open, k_patience_for_reconnect, m_interruption);
    if (outcome) {
        m_session = m_open();
        return *outcome;
    }
    throw MigrationError(migration,
                         "the connection was lost in its commit, and the server does not say what became of it", "", "",
                         Left::not_known);
}

std::vector<OwnTransaction> SqlRunner::noted(const MigrationFile& file) {
    for (const auto& row : sql_ledger::read(*m_session)) {
        if (row.name == file.name) return row.transactions;
    }
    throw MigrationError(file.name, "it ran, but its row in public.lastgood_migrations is gone", "", "",
                         Left::half_way);
}

}  // namespace lastgood
