#include "framework/sql_runner.hpp"

#include "core/failure.hpp"
#include "database/session.hpp"
#include "database/statement_rules.hpp"
#include "outside/interruption.hpp"

#include <chrono>
#include <optional>
#include <utility>

namespace lastgood {

namespace {

constexpr const char* k_active_transaction = "25001";
constexpr std::chrono::seconds k_patience_for_reconnect{15};
constexpr std::chrono::milliseconds k_pause{250};

/// The line that the server complains about, from 1; none where it does not say or means the text of a function.
std::optional<int> line_of(const std::string& message) {
    const auto at = message.find("\nLINE ");
    if (at == std::string::npos || message.find("\nQUERY:") != std::string::npos) return std::nullopt;
    return std::atoi(message.c_str() + at + 6);
}

/// `first_line`: where in the file the text began that the server got.
MigrationError server_said(const MigrationFile& file, int first_line, const DatabaseError& error,
                           MigrationError::Left left) {
    const auto line = line_of(error.what());
    const std::string place = line ? file.place(first_line - 1 + *line) : file.name + ".sql";
    return {place + ": " + error.primary(), error.what(), error.sqlstate(), left};
}

}  // namespace

SqlRunner::SqlRunner(Open open, const Interruption& interruption)
    : m_open(std::move(open)), m_interruption(interruption), m_session(m_open()) {}

SqlRunner::~SqlRunner() = default;

std::vector<OwnTransaction> SqlRunner::run(const MigrationFile& file, const std::vector<SqlStatement>& statements) {
    // What the file before set for the session must not leak into this one.
    m_session->execute("discard all");
    if (m_session->server_version() >= 140000) m_session->execute("set client_connection_check_interval = '1s'");
    if (file.in_transaction) return {run_in_transaction(file, static_cast<int>(statements.size()))};
    run_stepwise(file, statements);
    return noted(file);
}

OwnTransaction SqlRunner::run_in_transaction(const MigrationFile& file, int statements) {
    std::string first;
    try {
        Transaction transaction(*m_session);
        first = sql_ledger::open_transaction(*m_session);
        if (statements > 0) m_session->execute(file.text);
        // Deferred constraints speak now, where they are an error like any other.
        m_session->execute("set constraints all immediate; reset session authorization; reset role");
        sql_ledger::note_done(*m_session, file, first, statements);
        transaction.commit();
    } catch (const DatabaseError& error) {
        throw server_said(file, 1, error, MigrationError::Left::nothing);
    } catch (const Failure& failure) {
        if (failure.code() != ExitCode::in_doubt) throw;
        if (!committed(first)) {
            throw MigrationError("the connection was lost in its commit, which did not happen", "", "",
                                 MigrationError::Left::nothing);
        }
    }
    return noted(file).at(0);
}

void SqlRunner::run_stepwise(const MigrationFile& file, const std::vector<SqlStatement>& statements) {
    try {
        Transaction transaction(*m_session);
        sql_ledger::open_transaction(*m_session);
        sql_ledger::note_started(*m_session, file, static_cast<int>(statements.size()));
        transaction.commit();
    } catch (const DatabaseError& error) {
        throw server_said(file, 1, error, MigrationError::Left::nothing);
    }
    for (std::size_t i = 0; i < statements.size(); ++i) {
        try {
            sql_ledger::note_reached(*m_session, file, static_cast<int>(i) + 1);
            run_step(file, statements[i]);
        } catch (const DatabaseError& error) {
            const auto left =
                error.connection_lost() ? MigrationError::Left::not_known : MigrationError::Left::half_way;
            const auto said = server_said(file, statements[i].line, error, left);
            throw MigrationError(
                "statement " + std::to_string(i + 1) + " of " + std::to_string(statements.size()) + ", " + said.what(),
                said.detail(), said.sqlstate(), left);
        } catch (const Failure& failure) {
            throw MigrationError(failure.what_happened(), failure.detail(), "", MigrationError::Left::not_known);
        }
    }
    sql_ledger::note_ended(*m_session, file);
}

/// In a transaction with its note where the server allows that, so that the loss report knows which writes were ours.
void SqlRunner::run_step(const MigrationFile& file, const SqlStatement& statement) {
    if (!needs_no_transaction(statement) && !may_end_transactions(statement)) {
        try {
            Transaction transaction(*m_session);
            const auto first = m_session->value("select pg_catalog.pg_current_xact_id()::text").value();
            m_session->execute(statement.text);
            sql_ledger::note_transaction(*m_session, file, first);
            return transaction.commit();
        } catch (const DatabaseError& error) {
            if (error.sqlstate() != k_active_transaction) throw;
        }
    }
    m_session->execute(statement.text);
}

/// Asks the server about a transaction whose commit was under way when the connection went. Throws MigrationError
/// (not_known) if the server stays away.
bool SqlRunner::committed(const std::string& transaction) {
    const auto until = std::chrono::steady_clock::now() + k_patience_for_reconnect;
    while (std::chrono::steady_clock::now() < until) {
        try {
            m_session = m_open();
            const auto status =
                m_session->value("select pg_catalog.pg_xact_status($1::xid8)", {transaction}).value_or("");
            if (status == "committed") return true;
            if (status == "aborted") return false;
        } catch (const Failure&) {  // not yet back
        } catch (const DatabaseError&) {
        }
        m_interruption.wait(k_pause);
    }
    throw MigrationError("the connection was lost in its commit, and the server does not say what became of it", "", "",
                         MigrationError::Left::not_known);
}

std::vector<OwnTransaction> SqlRunner::noted(const MigrationFile& file) {
    for (const auto& row : sql_ledger::read(*m_session)) {
        if (row.name == file.name) return row.transactions;
    }
    throw MigrationError("it ran, but its row in public.lastgood_migrations is gone", "", "",
                         MigrationError::Left::half_way);
}

}  // namespace lastgood
