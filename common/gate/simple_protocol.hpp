#pragma once

#include <string>

namespace lastgood {

class GateAnswering;
class GateControl;
class GateDialogue;
struct GateSession;

/// Query and FunctionCall inside a transaction of ours.
class GateSimpleProtocol {
  public:
    GateSimpleProtocol(GateDialogue& dialogue, GateSession& session, GateControl& control, GateAnswering& answering)
        : m_dialogue(dialogue), m_session(session), m_control(control), m_answering(answering) {}

    /// The message stands at the program's front.
    void query();
    void function_call();

  private:
    void answer_here(const std::string& octets);
    void ready();

    GateDialogue& m_dialogue;
    GateSession& m_session;
    GateControl& m_control;
    GateAnswering& m_answering;
};

}  // namespace lastgood
