#pragma once

#include "gate/answering.hpp"
#include "gate/control.hpp"
#include "gate/dialogue.hpp"
#include "gate/extended_protocol.hpp"
#include "gate/side.hpp"
#include "gate/simple_protocol.hpp"

namespace lastgood {

/// Lets a program believe that its transactions are its own, while all it does happens in one of ours: its blocks and
/// single statements become savepoints (gate_scope.hpp), and what it hears is what it would have heard without us. One
/// message at a time: each is answered before the next is looked at.
class GateConversation {
  public:
    GateConversation(Stream& program, GateSession& session, RowsLedger& rows, GateListener& listener,
                     const Bell& closing);

    /// Until the program leaves; what it left open is taken back. Throws StreamEnded if the server leaves, or cannot be
    /// spoken to any more, and EndedByProgram.
    void run();

  private:
    void take_message();
    void say_goodbye(const ProtocolError& error);

    GateSession& m_session;
    GateSide m_program;
    GateDialogue m_dialogue;
    GateAnswering m_answering;
    GateControl m_control;
    GateSimpleProtocol m_simple;
    GateExtendedProtocol m_extended;
    bool m_left = false;
};

}  // namespace lastgood
