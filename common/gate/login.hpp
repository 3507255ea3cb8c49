#pragma once

#include "core/secret.hpp"
#include "gate/startup.hpp"
#include "outside/stream.hpp"

#include <chrono>
#include <string>
#include <string_view>

namespace lastgood {

class Bell;

/// What is said between a program that has connected and the gate before there is a server. Each call waits for the
/// program, until the deadline or until the gate closes: then it throws StreamEnded, as if the program had left.
class GateLogin {
  public:
    GateLogin(Stream& program, const Bell& closing, std::chrono::milliseconds patience);

    /// Its startup packet, or its wish to cancel. TLS and GSSAPI are answered with no. Throws ProtocolError.
    StartupPacket await_startup();
    /// Asks for the password, in the clear. Throws ProtocolError.
    bool knows(const Secret& password);
    void say(std::string_view octets);

  private:
    std::string read(std::size_t octets);
    void await(short events);

    Stream& m_program;
    const Bell& m_closing;
    std::chrono::steady_clock::time_point m_deadline;
};

/// To a client that asks for more than protocol 3.0: what it may have. "" if it asks for no more.
std::string negotiation(const StartupPacket& startup);

}  // namespace lastgood
