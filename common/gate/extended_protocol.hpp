#pragma once

#include "gate/program_statement.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class GateAnswering;
class GateControl;
class GateDialogue;
struct GateSession;
struct MessagePiece;

/// Parse, Bind, Describe, Execute, Close and Sync inside a transaction of ours. What controls the transaction is
/// prepared and executed here, the server does not know it.
class GateExtendedProtocol {
  public:
    GateExtendedProtocol(GateDialogue& dialogue, GateSession& session, GateControl& control, GateAnswering& answering)
        : m_dialogue(dialogue), m_session(session), m_control(control), m_answering(answering) {}

    /// The message stands at the program's front; its type is one of PBDECS.
    void take(const MessagePiece& piece);

  private:
    struct Prepared {
        ProgramStatement statement;
        bool ours = false;  ///< the server does not know it
    };
    using Names = std::map<std::string, Prepared, std::less<>>;

    void parse(std::string_view body);
    void bind(std::string_view body);
    void describe(std::string_view body);
    void execute(std::string_view body);
    void close(std::string_view body);
    void sync();
    bool pass(std::string_view ends, const std::vector<ProgramStatement>& statements = {});
    void answer_here(const std::string& octets, bool failed = false);
    const Prepared* find(char kind, std::string_view name) const;

    GateDialogue& m_dialogue;
    GateSession& m_session;
    GateControl& m_control;
    GateAnswering& m_answering;
    Names m_statements;
    Names m_portals;
    bool m_skipping = false;  ///< after an error, to the next Sync
};

}  // namespace lastgood
