#include "gate/messages.hpp"

#include "gate/message_cutter.hpp"

namespace lastgood {

namespace {

void append_int32(std::string& to, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) to += static_cast<char>(value >> shift);
}

std::string notice(char type, const char* severity, const char* sqlstate, const std::string& words) {
    return GateMessage(type)
        .octet('S')
        .text(severity)
        .octet('V')
        .text(severity)
        .octet('C')
        .text(sqlstate)
        .octet('M')
        .text(words)
        .octet('\0')
        .octets();
}

}  // namespace

GateMessage& GateMessage::int32(std::uint32_t value) {
    append_int32(m_octets, value);
    return *this;
}

GateMessage& GateMessage::int16(std::uint16_t value) {
    m_octets += static_cast<char>(value >> 8U);
    m_octets += static_cast<char>(value);
    return *this;
}

GateMessage& GateMessage::octet(char value) {
    m_octets += value;
    return *this;
}

GateMessage& GateMessage::text(std::string_view value) {
    m_octets += value;
    m_octets += '\0';
    return *this;
}

std::string GateMessage::octets() const {
    std::string length;
    append_int32(length, static_cast<std::uint32_t>(m_octets.size() - 1));
    return std::string(m_octets).replace(1, 4, length);
}

std::string error_message(const char* severity, const char* sqlstate, const std::string& words) {
    return notice('E', severity, sqlstate, words);
}

std::string warning_message(const char* sqlstate, const std::string& words) {
    return notice('N', "WARNING", sqlstate, words);
}

std::string ready_message(char status) {
    return GateMessage('Z').octet(status).octets();
}

std::string parameter_message(const std::string& name, const std::string& value) {
    return GateMessage('S').text(name).text(value).octets();
}

std::string completed_message(const std::string& tag) {
    return GateMessage('C').text(tag).octets();
}

std::string_view MessageReader::take(std::size_t octets) {
    if (octets > m_rest.size()) throw ProtocolError("invalid message format");
    const std::string_view taken = m_rest.substr(0, octets);
    m_rest.remove_prefix(octets);
    return taken;
}

std::string_view MessageReader::text() {
    const auto end = m_rest.find('\0');
    if (end == std::string_view::npos) throw ProtocolError("invalid string in message");
    return take(end + 1).substr(0, end);
}

std::uint32_t MessageReader::int32() {
    std::uint32_t value = 0;
    for (const char c : take(4)) value = value << 8U | static_cast<unsigned char>(c);
    return value;
}

std::uint16_t MessageReader::int16() {
    std::uint16_t value = 0;
    for (const char c : take(2)) value = static_cast<std::uint16_t>(value << 8U | static_cast<unsigned char>(c));
    return value;
}

char MessageReader::octet() {
    return take(1).front();
}

}  // namespace lastgood
