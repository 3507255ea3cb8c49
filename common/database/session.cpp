#include "database/session.hpp"

#include "core/failure.hpp"
#include "core/interrupted_in_doubt.hpp"
#include "database/canceller.hpp"
#include "outside/interruption.hpp"

#include <chrono>
#include <functional>
#include <sys/socket.h>
#include <utility>

#include <libpq-fe.h>
#include <pqxx/pqxx>

namespace lastgood {
namespace {

/// Long enough for a far server, short enough for somebody who waits for Ctrl-C to work.
constexpr const char* k_connect_timeout = "10";
constexpr std::chrono::seconds k_between_looks{1};

ConnectionUrl completed(const ConnectionUrl& url, const std::string& application_name) {
    const ConnectionUrl named = url.with("application_name", application_name).with("client_encoding", "UTF8");
    return named.part("connect_timeout").empty() ? named.with("connect_timeout", k_connect_timeout) : named;
}

std::string first_line(const std::string& text) {
    return text.substr(0, text.find('\n'));
}

/// The server closed the session, or nobody knows what it did.
bool says_connection_lost(const std::string& sqlstate) {
    return sqlstate.starts_with("08") || sqlstate == "57P01" || sqlstate == "57P02" || sqlstate == "57P03" ||
           sqlstate == "57P05";
}

/// libpqxx 6 drops the SQLSTATE of the errors that have a class of their own.
std::string sqlstate_of(const std::exception& error) {
    if (const auto* sql = dynamic_cast<const pqxx::sql_error*>(&error); sql != nullptr && !sql->sqlstate().empty()) {
        return sql->sqlstate();
    }
    if (dynamic_cast<const pqxx::insufficient_privilege*>(&error) != nullptr) return "42501";
    if (dynamic_cast<const pqxx::deadlock_detected*>(&error) != nullptr) return "40P01";
    if (dynamic_cast<const pqxx::serialization_failure*>(&error) != nullptr) return "40001";
    if (dynamic_cast<const pqxx::too_many_connections*>(&error) != nullptr) return "53300";
    return "";
}

Rows rows_of(const pqxx::result& result) {
    std::vector<Rows::Row> rows;
    rows.reserve(result.size());
    for (const auto& tuple : result) {
        Rows::Row row;
        row.reserve(tuple.size());
        for (const auto& field : tuple) {
            row.push_back(field.is_null() ? std::nullopt
                                          : std::optional<std::string>(std::in_place, field.c_str(), field.size()));
        }
        rows.push_back(std::move(row));
    }
    return {std::move(rows), static_cast<long>(result.affected_rows())};
}

std::unique_ptr<pqxx::connection> connect(const ConnectionUrl& url) {
    try {
        return std::make_unique<pqxx::connection>(url.conninfo().reveal());
    } catch (const pqxx::pqxx_exception& error) {
        const std::string words = error.base().what();
        throw Failure(ExitCode::refused, "cannot connect to " + url.say() + ": " + first_line(words), "nothing",
                      url.psql_command() + "   must get in; then start again")
            .with_detail(words);
    }
}

}  // namespace

DatabaseError::DatabaseError(const std::string& message, std::string sqlstate, bool connection_lost)
    : std::runtime_error(message), m_sqlstate(std::move(sqlstate)), m_connection_lost(connection_lost) {}

std::string DatabaseError::primary() const {
    std::string line = first_line(what());
    for (const std::string_view severity : {"ERROR:  ", "FATAL:  ", "PANIC:  "}) {
        if (line.starts_with(severity)) return line.substr(severity.size());
    }
    return line;
}

const std::optional<std::string>& Rows::only() const {
    if (m_rows.size() != 1 || m_rows.front().empty()) {
        throw std::logic_error("one row expected, there are " + std::to_string(m_rows.size()));
    }
    return m_rows.front().front();
}

struct Session::State {
    State(const ConnectionUrl& connection_url, Interruption& the_interruption)
        : url(connection_url), interruption(the_interruption), connection(connect(url)), quiet(*connection) {}

    /// Runs `statement` on the connection. Not `interruptible`: for what must reach the server even after a signal.
    Rows run(const std::function<pqxx::result(pqxx::nontransaction&)>& statement, bool interruptible = true) {
        if (lost) throw DatabaseError("the connection to " + url.say() + " was lost before", "", true);
        const bool cleaning_up = interruption.requested() != 0;  // behind a shield, or check() throws
        if (interruptible) interruption.check();
        const bool may_be_cancelled = interruptible && !cleaning_up;
        const Canceller canceller(may_be_cancelled ? cancelling() : looking(), interruption, cleaning_up);
        try {
            pqxx::nontransaction work(*connection);
            return rows_of(statement(work));
        } catch (const pqxx::pqxx_exception& error) {
            fail(error.base().what(), sqlstate_of(error.base()), may_be_cancelled && canceller.fired(),
                 canceller.gave_up());
        }
    }

    Canceller::Way cancelling() {
        const auto reach = [connection = connection] {
            try {
                connection->cancel_query();
            } catch (const std::exception&) {  // the server is gone or refuses: the statement's own end tells
            }
            return true;
        };
        return {reach, [this] { break_connection(); }};
    }

    /// For what is not cancelled, but not waited for either where the network is silent.
    Canceller::Way looking() {
        const auto reach = [conninfo = url.conninfo()] {
            return PQping(conninfo.reveal().c_str()) != PQPING_NO_RESPONSE;
        };
        return {reach, [this] { break_connection(); }, k_between_looks, k_between_looks};
    }

    void break_connection() const { ::shutdown(connection->sock(), SHUT_RDWR); }

    [[noreturn]] void fail(const std::string& message, const std::string& sqlstate, bool cancelled, bool gave_up) {
        lost = gave_up || says_connection_lost(sqlstate) || !connection->is_open();
        if (cancelled && gave_up) throw InterruptedInDoubt(interruption.requested());
        if (cancelled && (lost || sqlstate == "57014")) throw Interrupted(interruption.requested());
        std::string words = message;
        while (!words.empty() && words.back() == '\n') words.pop_back();
        // libpqxx then reports what it stumbled over next, not what happened.
        if (lost && sqlstate.empty()) words = "the connection to " + url.say() + " was lost";
        throw DatabaseError(words, sqlstate, lost);
    }

    ConnectionUrl url;
    Interruption& interruption;
    std::shared_ptr<pqxx::connection> connection;  ///< shared with a cancel request that does not return
    pqxx::quiet_errorhandler quiet;
    bool lost = false;
};

Session::Session(const ConnectionUrl& url, const std::string& application_name, Interruption& interruption) {
    interruption.check();
    m_state = std::make_unique<State>(completed(url, application_name), interruption);
}

Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

Rows Session::query(const std::string& sql, const std::vector<std::string>& parameters) {
    return m_state->run([&](pqxx::nontransaction& work) {
        return work.exec_params(sql, pqxx::prepare::make_dynamic_params(parameters));
    });
}

std::optional<std::string> Session::value(const std::string& sql, const std::vector<std::string>& parameters) {
    return query(sql, parameters).only();
}

void Session::execute(const std::string& sql) {
    m_state->run([&](pqxx::nontransaction& work) { return work.exec(sql); });
}

Rows Session::script(const std::string& sql) {
    return m_state->run([&](pqxx::nontransaction& work) { return work.exec(sql); });
}

std::string quoted_name(const std::string& identifier) {
    std::string quoted = "\"";
    for (const char c : identifier) {
        if (c == '"') quoted += '"';
        quoted += c;
    }
    return quoted + '"';
}

std::string Session::quote_name(const std::string& identifier) const {
    return quoted_name(identifier);
}

std::string quoted_literal(const std::string& text) {
    std::string quoted = text.find('\\') == std::string::npos ? "'" : " E'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += c;
        quoted += c;
    }
    return quoted + "'";
}

std::string Session::quote_literal(const std::string& text) const {
    return quoted_literal(text);
}

int Session::server_version() const {
    return m_state->connection->server_version();
}
int Session::backend_pid() const {
    return m_state->connection->backendpid();
}
const ConnectionUrl& Session::url() const {
    return m_state->url;
}
Interruption& Session::interruption() const {
    return m_state->interruption;
}

bool Session::alive() {
    try {
        // The first may read the server's last words only, the second then finds the end of the stream.
        m_state->connection->get_notifs();
        m_state->connection->get_notifs();
    } catch (const pqxx::pqxx_exception&) {
        m_state->lost = true;
    }
    return !m_state->lost && m_state->connection->is_open();
}

Transaction::Transaction(Session& session, const std::string& begin) : m_session(session) {
    session.execute(begin);
}

Transaction::~Transaction() {
    if (!m_open) return;
    try {
        m_session.m_state->run([](pqxx::nontransaction& work) { return work.exec("ROLLBACK"); }, false);
    } catch (const std::exception&) {  // the connection is gone, and the transaction with it
    }
}

void Transaction::commit() {
    m_session.m_state->interruption.check();
    try {
        // COMMIT in a failed transaction succeeds and rolls back; the query before it fails there.
        m_session.m_state->run([](pqxx::nontransaction& work) { return work.exec("SELECT; COMMIT"); }, false);
        m_open = false;
    } catch (const DatabaseError& error) {
        if (!error.connection_lost()) throw;
        m_open = false;
        throw Failure(ExitCode::in_doubt,
                      "the connection to " + m_session.url().say() + " was lost while a transaction was committed",
                      "not known", "lastgood status   looks whether it was")
            .with_detail(error.what());
    }
}

}  // namespace lastgood
