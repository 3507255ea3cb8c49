#pragma once

#include "gate/answers.hpp"
#include "gate/server.hpp"
#include "gate/side.hpp"
#include "gate/statements.hpp"

#include <chrono>
#include <optional>

namespace lastgood {

class Bell;
class GateListener;

/// Passes messages on, both ways, between a program that has logged in at the gate and the server.
class GateRelay {
  public:
    GateRelay(Stream& program, GateServer& server, GateListener& listener, const Bell& closing);

    /// Until one of the two leaves, breaks the protocol, or the gate closes. Says how the server is to be left.
    GateServer::Farewell run();

  private:
    using Clock = std::chrono::steady_clock;
    enum class State { open, program_left, program_gone, last_words, closing };

    void turn();
    bool can_go_on() const;
    void pass_to_server();
    bool may_pass(const MessagePiece& piece);
    bool is_held();
    void pass_to_program();
    void hear(const MessagePiece& piece);
    void flush();
    void wait();
    void read_program(short seen);
    void read_server(short seen);
    void give_last_words();

    const Bell& m_closing;
    GateListener& m_listener;
    int m_pid;
    GateSide m_program;
    GateSide m_server;
    GateStatements m_statements;
    GateAnswers m_answers;
    std::optional<StatementsSeen> m_next;           ///< of the message that stands at the program's front
    std::optional<Clock::time_point> m_held_since;  ///< a commit waits for what was sent before it
    bool m_more_for_server = false;                 ///< for want of room, what has come was not looked at to its end
    bool m_more_for_program = false;
    bool m_program_may_speak = true;
    bool m_server_may_speak = true;
    State m_state = State::open;
};

}  // namespace lastgood
