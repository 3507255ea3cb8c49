#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace lastgood {

/// What came is not PostgreSQL's protocol.
class ProtocolError : public std::runtime_error {
  public:
    explicit ProtocolError(const std::string& what) : std::runtime_error(what) {}
};

/// What a message of a type may be.
struct MessageRule {
    std::uint32_t longest = 0;  ///< octets, its length included; 0: there is no such message
    bool whole = false;         ///< it must be looked at: it is given out whole, however long it is
};
/// As the server's own limits (PQ_SMALL_MESSAGE_LIMIT and PQ_LARGE_MESSAGE_LIMIT of its libpq.h).
MessageRule frontend_rule(char type);
MessageRule backend_rule(char type);

/// A message, or a part of it.
struct MessagePiece {
    char type = 0;
    bool begins = false;
    bool ends = false;
    std::string_view octets;  ///< as they came; the first piece begins with the type and the length
    /// Of a first piece: what follows the length.
    std::string_view body() const { return octets.substr(5); }
};

/// Cuts a stream of octets into messages: a type, a length, a body. Nothing is held but what has come, and of a long
/// message whose rule does not want it whole no more than its beginning: a first piece has at least 16 KiB, or all.
class MessageCutter {
  public:
    explicit MessageCutter(MessageRule (*rule)(char type)) : m_rule(rule) {}

    void add(std::string_view octets);
    /// What comes next, none if more is needed. Holds until add() or drop(). Throws ProtocolError.
    std::optional<MessagePiece> front();
    /// Done with so many octets of the front; what is left of it becomes the next piece.
    void drop(std::size_t octets);
    /// Between two messages.
    bool at_boundary() const { return m_left == 0 && m_at == m_octets.size(); }

  private:
    bool begin();

    MessageRule (*m_rule)(char type);
    std::string m_octets;
    std::size_t m_at = 0;    ///< where what is not dropped begins
    std::size_t m_left = 0;  ///< of the message that has begun
    bool m_untouched = false;
    bool m_whole = false;
    char m_type = 0;
};

}  // namespace lastgood
