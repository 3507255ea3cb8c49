#pragma once

#include "gate/side.hpp"

#include <string_view>

namespace lastgood {

class Bell;

/// The program hung up, or the gate closes: nobody waits for what the server is doing. Thrown by GateDialogue.
struct NobodyWaits {};

/// The two sides of a connection, of which one speaks at a time: the program is not listened to before its last message
/// has been answered. Each call waits. All throw NobodyWaits, StreamEnded if the server leaves, and ProtocolError.
class GateDialogue {
  public:
    GateDialogue(GateSide& program, GateSide& server, const Bell& closing)
        : m_program(program), m_server(server), m_closing(closing) {}

    enum class Speaker { program, server };
    /// Who has said something; the server goes first.
    Speaker await_either();
    /// Its next piece stands at its front.
    MessagePiece hear_program();
    MessagePiece hear_server();

    /// The piece at its front, and what is left of the message.
    void pass_to_server();
    void overhear_program();
    /// The piece at its front.
    void pass_to_program();
    void overhear_server();

    /// Does not wait for the server to read it.
    void tell_server(std::string_view octets) { m_server.put(octets); }
    void tell_program(std::string_view octets);
    /// All that was told to the program has been sent.
    void finish_telling();
    /// A message was passed to the server in part: nothing else can be said to it.
    bool server_is_inside_a_message() const { return m_inside; }

  private:
    void wait(bool for_program, bool for_server);

    GateSide& m_program;
    GateSide& m_server;
    const Bell& m_closing;
    bool m_inside = false;
};

}  // namespace lastgood
