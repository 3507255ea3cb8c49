#include "gate/conversation.hpp"

#include "gate/messages.hpp"
#include "gate/session.hpp"

namespace lastgood {

GateConversation::GateConversation(Stream& program, GateSession& session, RowsLedger& rows, GateListener& listener,
                                   const Bell& closing)
    : m_session(session),
      m_program(program, frontend_rule),
      m_dialogue(m_program, session.side, closing),
      m_answering(m_dialogue, session, rows, listener),
      m_control(session, listener),
      m_simple(m_dialogue, session, m_control, m_answering),
      m_extended(m_dialogue, session, m_control, m_answering) {}

void GateConversation::run() {
    try {
        while (!m_left) take_message();
    } catch (const NobodyWaits&) {  // it left without a word
    } catch (const ProtocolError& error) {
        say_goodbye(error);
    }
    m_answering.settle();
    if (m_session.scope.kind() != GateScope::Kind::none) m_session.scope.take_back();
    m_session.asides.clear();
}

void GateConversation::take_message() {
    if (m_dialogue.await_either() == GateDialogue::Speaker::server) {
        const bool aside = is_aside(m_dialogue.hear_server().type);
        return aside ? m_answering.pass_aside() : m_dialogue.pass_to_program();
    }
    const MessagePiece piece = m_dialogue.hear_program();
    switch (piece.type) {
        case 'Q':
            return m_simple.query();
        case 'F':
            return m_simple.function_call();
        case 'P':
        case 'B':
        case 'D':
        case 'E':
        case 'C':
        case 'S':
            return m_extended.take(piece);
        case 'p':
            throw ProtocolError("invalid message type");
        case 'X':
            m_left = true;
            return;
        default:
            // Flush, as nothing is held back, and what is left of a copy that the server has ended.
            return m_dialogue.overhear_program();
    }
}

void GateConversation::say_goodbye(const ProtocolError& error) {
    try {
        m_dialogue.tell_program(error_message("FATAL", "08P01", error.what()));
        m_dialogue.finish_telling();
    } catch (const NobodyWaits&) {  // it did not want to know
    }
}

}  // namespace lastgood
