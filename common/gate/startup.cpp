#include "gate/startup.hpp"

#include "gate/message_cutter.hpp"
#include "gate/messages.hpp"

namespace lastgood {

namespace {

constexpr std::size_t k_shortest = 8;
constexpr std::size_t k_longest = 10'000;  // MAX_STARTUP_PACKET_LENGTH

// Codes that are no version: 1234 in the upper half.
constexpr std::uint32_t k_cancel_request = 80'877'102;
constexpr std::uint32_t k_tls_request = 80'877'103;
constexpr std::uint32_t k_gssapi_request = 80'877'104;
constexpr std::uint32_t k_major_version = 3;

std::vector<std::pair<std::string, std::string>> read_parameters(MessageReader& reader) {
    std::vector<std::pair<std::string, std::string>> parameters;
    for (std::string_view name = reader.text(); !name.empty(); name = reader.text()) {
        const std::string_view value = reader.text();
        parameters.emplace_back(name, value);
    }
    if (!reader.rest().empty()) throw ProtocolError("invalid startup packet layout: expected terminator as last byte");
    return parameters;
}

}  // namespace

std::string StartupPacket::parameter(std::string_view name) const {
    for (const auto& [key_of_it, value] : parameters)
        if (key_of_it == name) return value;
    return "";
}

std::size_t startup_length(std::string_view head) {
    const std::uint32_t length = MessageReader(head).int32();
    if (length < k_shortest || length > k_longest) throw ProtocolError("invalid length of startup packet");
    return length;
}

StartupPacket parse_startup(std::string_view packet) {
    MessageReader reader(packet);
    if (reader.int32() != packet.size()) throw ProtocolError("invalid length of startup packet");
    const std::uint32_t code = reader.int32();
    StartupPacket parsed;
    switch (code) {
        case k_tls_request:
            parsed.kind = StartupPacket::Kind::tls_request;
            return parsed;
        case k_gssapi_request:
            parsed.kind = StartupPacket::Kind::gssapi_request;
            return parsed;
        case k_cancel_request:
            parsed.kind = StartupPacket::Kind::cancel_request;
            parsed.process = reader.int32();
            parsed.key = reader.int32();
            return parsed;
        default:
            break;
    }
    if (code >> 16U != k_major_version) throw ProtocolError("unsupported frontend protocol: only version 3 is spoken");
    parsed.minor_version = code & 0xffffU;
    parsed.parameters = read_parameters(reader);
    return parsed;
}

}  // namespace lastgood
