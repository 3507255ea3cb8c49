#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace lastgood {

/// The messages that the gate makes itself, and what it reads in those of others. Numbers and letters are those of
/// PostgreSQL's documentation, "Message Formats", protocol 3.0. Integers are big-endian; a text ends with a zero.

/// One message, made from its parts in order.
class GateMessage {
  public:
    explicit GateMessage(char type) : m_octets(1, type) { m_octets.append(4, '\0'); }
    GateMessage& int32(std::uint32_t value);
    GateMessage& int16(std::uint16_t value);
    GateMessage& octet(char value);
    GateMessage& text(std::string_view value);
    /// As it goes over the wire.
    std::string octets() const;

  private:
    std::string m_octets;
};

/// "ERROR" or "FATAL", an SQLSTATE, and words for people.
std::string error_message(const char* severity, const char* sqlstate, const std::string& words);
std::string warning_message(const char* sqlstate, const std::string& words);
/// `status`: 'I' idle, 'T' in a block, 'E' in a failed block.
std::string ready_message(char status);
std::string parameter_message(const std::string& name, const std::string& value);
std::string completed_message(const std::string& tag);

/// Reads the parts of a message, or of its beginning. Each throws ProtocolError where there is no such part.
class MessageReader {
  public:
    explicit MessageReader(std::string_view body) : m_rest(body) {}
    std::string_view text();
    std::uint32_t int32();
    std::uint16_t int16();
    char octet();
    std::string_view rest() const { return m_rest; }

  private:
    std::string_view take(std::size_t octets);
    std::string_view m_rest;
};

}  // namespace lastgood
