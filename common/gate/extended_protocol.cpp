#include "gate/extended_protocol.hpp"

#include "gate/answering.hpp"
#include "gate/control.hpp"
#include "gate/dialogue.hpp"
#include "gate/messages.hpp"
#include "gate/session.hpp"

#include <utility>

namespace lastgood {

namespace {

std::string nothing_but_type(char type) {
    return GateMessage(type).octets();
}

}  // namespace

void GateExtendedProtocol::take(const MessagePiece& piece) {
    if (piece.type == 'S') return sync();
    if (m_skipping) return m_dialogue.overhear_program();
    switch (piece.type) {
        case 'P':
            return parse(piece.body());
        case 'B':
            return bind(piece.body());
        case 'D':
            return describe(piece.body());
        case 'E':
            return execute(piece.body());
        default:
            return close(piece.body());
    }
}

void GateExtendedProtocol::parse(std::string_view body) {
    MessageReader reader(body);
    const std::string name(reader.text());
    GateControl::Reading reading = m_control.read(reader.text());
    if (!reading.refused.empty()) return answer_here(reading.refused, true);
    Prepared prepared;
    // More than one the server refuses itself.
    if (reading.statements.size() == 1) prepared.statement = std::move(reading.statements.front());
    prepared.ours = prepared.statement.controls_transaction();
    if (prepared.ours) answer_here(nothing_but_type('1'));
    if (prepared.ours || pass("1")) m_statements.insert_or_assign(name, std::move(prepared));
}

void GateExtendedProtocol::bind(std::string_view body) {
    MessageReader reader(body);
    const std::string portal(reader.text());
    const Prepared* statement = find('S', reader.text());
    Prepared bound = statement == nullptr ? Prepared{} : *statement;
    if (bound.ours) answer_here(nothing_but_type('2'));
    if (bound.ours || pass("2")) m_portals.insert_or_assign(portal, std::move(bound));
}

void GateExtendedProtocol::describe(std::string_view body) {
    MessageReader reader(body);
    const char kind = reader.octet();
    const Prepared* prepared = find(kind, reader.text());
    if (prepared == nullptr || !prepared->ours) {
        pass("Tn");
        return;
    }
    // No parameters, no rows.
    const std::string parameters = kind == 'S' ? GateMessage('t').int16(0).octets() : "";
    answer_here(parameters + nothing_but_type('n'));
}

void GateExtendedProtocol::execute(std::string_view body) {
    const Prepared* found = find('P', MessageReader(body).text());
    const ProgramStatement statement = found == nullptr ? ProgramStatement{} : found->statement;
    if (m_control.is_ours(statement)) {
        const GateControl::Answer answer = m_control.perform(statement);
        return answer_here(answer.octets, answer.failed);
    }
    m_control.open_unit();
    m_session.scope.expect(statement);
    pass("CIs", {statement});
}

void GateExtendedProtocol::close(std::string_view body) {
    MessageReader reader(body);
    const char kind = reader.octet();
    const std::string name(reader.text());
    const Prepared* prepared = find(kind, name);
    const bool ours = prepared != nullptr && prepared->ours;
    (kind == 'S' ? m_statements : m_portals).erase(name);
    if (ours)
        answer_here(nothing_but_type('3'));
    else
        pass("3");
}

/// Ends what is no block, as a commit or, after an error, as a rollback.
void GateExtendedProtocol::sync() {
    m_dialogue.overhear_program();
    if (!m_skipping) m_answering.ask(nothing_but_type('S'));
    m_skipping = false;
    const std::string error = m_control.end_unit();
    m_answering.tell_asides();
    m_dialogue.tell_program(error + ready_message(m_control.status()));
}

/// False if the server answers with an error.
bool GateExtendedProtocol::pass(std::string_view ends, const std::vector<ProgramStatement>& statements) {
    m_control.open_unit();
    m_skipping = m_answering.pass_extended(ends, statements) == 'E';
    return !m_skipping;
}

void GateExtendedProtocol::answer_here(const std::string& octets, bool failed) {
    m_dialogue.overhear_program();
    m_answering.tell_asides();
    m_dialogue.tell_program(octets);
    m_skipping = failed;
}

const GateExtendedProtocol::Prepared* GateExtendedProtocol::find(char kind, std::string_view name) const {
    const Names& names = kind == 'S' ? m_statements : m_portals;
    const auto found = names.find(name);
    return found == names.end() ? nullptr : &found->second;
}

}  // namespace lastgood
