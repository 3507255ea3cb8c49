#pragma once

#include "gate/message_cutter.hpp"
#include "outside/stream.hpp"

#include <poll.h>
#include <string>
#include <string_view>

namespace lastgood {

/// One of the two who speak through a gate: messages that come, octets that go. It never waits.
class GateSide {
  public:
    GateSide(Stream& stream, MessageRule (*rule)(char type)) : m_stream(stream), m_messages(rule) {}

    /// Reads once; false if nothing has come. Throws StreamEnded.
    bool fill();
    MessageCutter& messages() { return m_messages; }

    void put(std::string_view octets);
    /// Sends what can be sent. Throws StreamEnded.
    void flush();
    bool has_unsent() const { return m_sent < m_unsent.size(); }
    /// It does not listen any more: what is put from now on is lost.
    void give_up_sending();
    /// How many octets may be put for now: who sends faster than this side reads must wait.
    std::size_t room() const;

    /// For poll: what there is to be sent, and with or without an interest in what comes.
    pollfd wait(bool wants_more) const;
    /// fill() has something although poll() would wait.
    bool holds_back() const { return m_stream.holds_back(); }
    Stream& stream() const { return m_stream; }

  private:
    Stream& m_stream;
    MessageCutter m_messages;
    std::string m_unsent;
    std::size_t m_sent = 0;
    bool m_deaf = false;
};

}  // namespace lastgood
