#include "gate/control.hpp"

#include "database/sql_statements.hpp"
#include "gate/first_words.hpp"
#include "gate/listener.hpp"
#include "gate/messages.hpp"
#include "gate/session.hpp"

#include <algorithm>

namespace lastgood {

namespace {

using Kind = ProgramStatement::Kind;
using Scope = GateScope::Kind;

constexpr const char* k_in_a_transaction = "25001";  // active_sql_transaction
constexpr const char* k_in_none = "25P01";           // no_active_sql_transaction
constexpr const char* k_unsupported = "0A000";       // feature_not_supported
constexpr const char* k_unreadable = "42601";        // syntax_error

std::string no_transaction() {
    return warning_message(k_in_none, "there is no transaction in progress");
}

/// Of a statement that only a block may have.
const char* verb_of(Kind kind) {
    switch (kind) {
        case Kind::savepoint:
            return "SAVEPOINT";
        case Kind::release:
            return "RELEASE SAVEPOINT";
        case Kind::rollback_to:
            return "ROLLBACK TO SAVEPOINT";
        default:
            return "";
    }
}

}  // namespace

GateControl::Reading GateControl::read(std::string_view text) {
    const auto unreadable =
        why_unreadable(text, m_session.settings["client_encoding"], m_session.settings["standard_conforming_strings"]);
    if (unreadable)
        return {{},
                refuse(k_unsupported, "this cannot be let through to a transaction of ours: " + *unreadable +
                                          ", and a COMMIT could hide in it")};
    try {
        Reading reading{program_statements(text), ""};
        const bool controls = std::any_of(reading.statements.begin(), reading.statements.end(),
                                          [](const auto& statement) { return statement.controls_transaction(); });
        if (controls && reading.statements.size() > 1)
            reading.refused = refuse(k_unsupported,
                                     "BEGIN, COMMIT, ROLLBACK and their like must be sent alone here: everything "
                                     "happens in one transaction that is ended later");
        return reading;
    } catch (const ScriptError& error) {
        return {{}, refuse(k_unreadable, error.what())};
    }
}

std::string GateControl::refuse(const char* sqlstate, const std::string& words) {
    // The server must see the block fail too.
    if (m_session.scope.kind() == Scope::block && !m_session.scope.failed()) m_session.scope.fail();
    m_session.scope.note(true);
    return error_message("ERROR", sqlstate, words);
}

bool GateControl::is_ours(const ProgramStatement& statement) const {
    const bool wants_block = *verb_of(statement.kind) != '\0';
    return statement.controls_transaction() || (wants_block && m_session.scope.kind() != Scope::block);
}

GateControl::Answer GateControl::refused(const char* sqlstate, const std::string& words) {
    return {refuse(sqlstate, words), true};
}

GateControl::Answer GateControl::perform(const ProgramStatement& statement) {
    switch (statement.kind) {
        case Kind::begin:
            return begin(statement);
        case Kind::commit:
            return commit();
        case Kind::rollback:
            return rollback();
        case Kind::impossible:
            return refused(k_unsupported,
                           "AND CHAIN and two-phase commit cannot be had here: everything happens in one transaction "
                           "that is ended later");
        default:
            return refused(k_in_none, std::string(verb_of(statement.kind)) + " can only be used in transaction blocks");
    }
}

GateControl::Answer GateControl::completed(const std::string& notice, const char* tag) const {
    m_listener.completed(m_session.server.pid(), tag, tag);
    return {notice + completed_message(tag), false};
}

GateControl::Answer GateControl::begin(const ProgramStatement& statement) {
    const char* tag = first_words(statement.shown, 1) == "START" ? "START TRANSACTION" : "BEGIN";
    if (status() == 'E')
        return refused("25P02", "current transaction is aborted, commands ignored until end of transaction block");
    switch (m_session.scope.kind()) {
        case Scope::block:
            return completed(warning_message(k_in_a_transaction, "there is already a transaction in progress"), tag);
        case Scope::unit:
            m_session.scope.become_block();
            return completed("", tag);
        default:
            m_session.scope.open(Scope::block, statement.read_only);
            return completed("", tag);
    }
}

GateControl::Answer GateControl::commit() {
    const Scope kind = m_session.scope.kind();
    if (kind == Scope::none) return completed(no_transaction(), "COMMIT");
    if (m_session.scope.failed()) return rollback();
    const std::string error = m_session.scope.keep();
    if (!error.empty()) return {error, true};
    return completed(kind == Scope::unit ? no_transaction() : "", "COMMIT");
}

GateControl::Answer GateControl::rollback() {
    const Scope kind = m_session.scope.kind();
    if (kind != Scope::none) m_session.scope.take_back();
    return completed(kind == Scope::block ? "" : no_transaction(), "ROLLBACK");
}

void GateControl::open_unit() {
    if (m_session.scope.kind() == Scope::none) m_session.scope.open(Scope::unit);
}

std::string GateControl::end_unit() {
    if (m_session.scope.kind() != Scope::unit) return "";
    if (!m_session.scope.failed()) return m_session.scope.keep();
    m_session.scope.take_back();
    return "";
}

char GateControl::status() const {
    if (m_session.scope.kind() != Scope::block) return 'I';
    return m_session.scope.failed() ? 'E' : 'T';
}

}  // namespace lastgood
