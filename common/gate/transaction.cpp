#include "gate/transaction.hpp"

#include "core/failure.hpp"
#include "database/server_options.hpp"
#include "database/session.hpp"
#include "gate/conversation.hpp"
#include "gate/listener.hpp"
#include "gate/session.hpp"

#include <set>
#include <utility>

namespace lastgood {

namespace {

/// What the session of a program before has left, but for what it wrote.
const std::vector<std::string>& resetting() {
    static const std::vector<std::string> statements{"SET SESSION AUTHORIZATION DEFAULT",
                                                     "RESET ALL",
                                                     "DEALLOCATE ALL",
                                                     "CLOSE ALL",
                                                     "UNLISTEN *",
                                                     "DISCARD TEMP",
                                                     "DISCARD SEQUENCES"};
    return statements;
}

}  // namespace

GateTransaction::GateTransaction(ConnectionUrl target, std::string application_name, GateListener& listener,
                                 const Bell& closing)
    : m_target(std::move(target)),
      m_application_name(std::move(application_name)),
      m_listener(listener),
      m_closing(closing) {}

GateTransaction::~GateTransaction() {
    end(GateServer::Farewell::broken);
}

const GateSession& GateTransaction::enter(const GateServer::Parameters& wished) {
    try {
        if (m_session == nullptr && !m_ended) begin();
        if (m_session != nullptr) furnish(wished);
    } catch (const StreamEnded& lost) {
        lose(lost.what());
    }
    if (m_session == nullptr) throw DatabaseError("the transaction behind this gate is over: " + m_lost, "", true);
    return *m_session;
}

void GateTransaction::begin() {
    auto session = std::make_unique<GateSession>(m_target, m_application_name, m_rows, m_closing);
    const OwnAnswer answer = session->own.run({"BEGIN"});
    if (answer.failed()) throw DatabaseError(answer.words(), answer.sqlstate(), false);
    m_session = std::move(session);
    m_listener.connected(m_session->server.pid());
}

/// Gives the program a session as new, with the settings that it wishes.
void GateTransaction::furnish(const GateServer::Parameters& wished) {
    std::set<std::string> not_its_own;
    for (const auto& [name, value] : m_target.settings()) not_its_own.insert(name);
    std::vector<std::string> statements = resetting();
    for (const auto& [name, value] : settings_of(wished_options(wished)))
        if (!not_its_own.contains(name)) statements.push_back(set_statement(name, value, false));
    m_session->scope.open(GateScope::Kind::unit);
    const OwnAnswer answer = m_session->own.run(statements);
    if (answer.failed()) {
        m_session->scope.take_back();
        throw DatabaseError(answer.words(), answer.sqlstate(), false);
    }
    m_session->scope.keep();
    m_session->asides.clear();
}

void GateTransaction::converse(Stream& program) {
    try {
        GateConversation(program, *m_session, m_rows, m_listener, m_closing).run();
    } catch (const EndedByProgram& ended) {
        m_ended_by_program = true;
        lose(ended.what());
    } catch (const std::exception& lost) {
        lose(lost.what());
    }
}

void GateTransaction::lose(const std::string& why) {
    m_lost = why;
    end(GateServer::Farewell::broken);
}

void GateTransaction::end(GateServer::Farewell farewell) {
    m_ended = true;
    if (m_session == nullptr) return;
    const int pid = m_session->server.pid();
    m_session->server.end(farewell, m_closing);
    m_session.reset();
    m_listener.ended(pid);
}

void GateTransaction::require_ours() const {
    if (!m_ended_by_program) return;
    throw Failure(ExitCode::in_doubt, "the program has ended the transaction that it worked in: " + m_lost,
                  "some of what it did is committed", m_target.psql_command() + "   shows what");
}

/// What was lost before the commit is not in doubt.
void GateTransaction::require_alive() {
    try {
        if (m_session != nullptr) m_session->own.run({"SELECT"});
    } catch (const StreamEnded& lost) {
        lose(lost.what());
    }
    if (m_lost.empty()) return;
    throw Failure(ExitCode::failed_clean,
                  "the transaction on " + m_target.say() + " was lost before it was committed: " + m_lost, "nothing",
                  m_target.psql_command() + "   must get in; then run this again");
}

void GateTransaction::commit() {
    require_ours();
    require_alive();
    if (m_session == nullptr) return;
    m_listener.before_commit(m_session->server.pid());
    OwnAnswer answer;
    try {
        answer = m_session->own.run({"COMMIT"});
    } catch (const StreamEnded& lost) {
        end(GateServer::Farewell::broken);
        throw Failure(ExitCode::in_doubt,
                      "the connection to " + m_target.say() + " was lost while a transaction was committed",
                      "not known", "lastgood status   looks whether it was")
            .with_detail(lost.what());
    }
    end(GateServer::Farewell::in_order);
    if (answer.failed()) throw DatabaseError(answer.words(), answer.sqlstate(), false);
    if (answer.tag != "COMMIT") throw DatabaseError("the transaction had failed, and was rolled back", "25P02", false);
}

void GateTransaction::rollback() {
    require_ours();
    if (m_session == nullptr) return;
    try {
        m_session->own.run({"ROLLBACK"});
    } catch (const StreamEnded&) {  // then the server does it
    }
    end(GateServer::Farewell::in_order);
}

}  // namespace lastgood
