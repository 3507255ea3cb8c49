#pragma once

#include "gate/program_statement.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class GateDialogue;
class GateListener;
class RowsLedger;
struct GateSession;
struct MessagePiece;

/// Passes a program's message to the server and the answer back, and notes what the answer says. Only one message is
/// under way at a time. Throws as GateDialogue does, and EndedByProgram.
class GateAnswering {
  public:
    using Statements = std::vector<ProgramStatement>;
    GateAnswering(GateDialogue& dialogue, GateSession& session, RowsLedger& rows, GateListener& listener);

    /// The message at the program's front, which ReadyForQuery will end the answer to. `statements`: those that will
    /// complete, in order. ReadyForQuery itself, and a CommandComplete right before it, are kept back.
    void pass_query(const Statements& statements);
    /// One of the extended protocol: its answer ends with a message of one of these types, or with an error, after
    /// which the server is ready for other messages again. The type.
    char pass_extended(std::string_view ends, const Statements& statements = {});
    /// Messages of our own that end with Sync; their answers stay with us.
    void ask(const std::string& octets);

    /// The CommandComplete that was kept back is told now, or replaced by something else.
    void tell_held();
    void tell_instead(std::string_view octets);
    void tell_asides();
    /// What the server says unasked stands at its front.
    void pass_aside();

    /// Nobody waits any more: cancels what is under way, and leaves the server ready for other messages. StreamEnded if
    /// that is not possible.
    void settle();

  private:
    char pass_until(std::string_view ends, const Statements& statements);
    void pass_message();
    void hear_ready(const MessagePiece& piece);
    void note_completion(const MessagePiece& piece, const Statements& statements, std::size_t index);
    void pass_rows_in();

    GateDialogue& m_dialogue;
    GateSession& m_session;
    RowsLedger& m_rows;
    GateListener& m_listener;
    std::string m_held;
    int m_ready_due = 0;
};

}  // namespace lastgood
