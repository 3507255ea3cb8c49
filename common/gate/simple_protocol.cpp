#include "gate/simple_protocol.hpp"

#include "gate/answering.hpp"
#include "gate/control.hpp"
#include "gate/dialogue.hpp"
#include "gate/messages.hpp"
#include "gate/session.hpp"

namespace lastgood {

void GateSimpleProtocol::query() {
    const GateControl::Reading reading = m_control.read(MessageReader(m_dialogue.hear_program().body()).text());
    if (!reading.refused.empty()) return answer_here(reading.refused);
    const auto& statements = reading.statements;
    if (statements.size() == 1 && m_control.is_ours(statements.front()))
        return answer_here(m_control.perform(statements.front()).octets);

    m_control.open_unit();
    for (const auto& statement : statements) m_session.scope.expect(statement);
    m_answering.pass_query(statements);
    const bool is_local_alone = statements.size() == 1 && statements.front().kind == ProgramStatement::Kind::set_local;
    if (is_local_alone && m_control.status() == 'I' && !m_session.scope.failed())
        m_dialogue.tell_program(warning_message("25P01", "SET LOCAL can only be used in transaction blocks"));
    const std::string error = m_control.end_unit();
    m_answering.tell_asides();
    if (error.empty())
        m_answering.tell_held();
    else
        m_answering.tell_instead(error);
    ready();
}

void GateSimpleProtocol::function_call() {
    m_control.open_unit();
    m_answering.pass_query({});
    m_answering.tell_instead(m_control.end_unit());
    ready();
}

void GateSimpleProtocol::answer_here(const std::string& octets) {
    m_dialogue.overhear_program();
    m_answering.tell_asides();
    m_dialogue.tell_program(octets);
    ready();
}

void GateSimpleProtocol::ready() {
    m_dialogue.tell_program(ready_message(m_control.status()));
}

}  // namespace lastgood
