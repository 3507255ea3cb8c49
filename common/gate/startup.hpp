#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lastgood {

/// What a client sends before there are messages: a length, a code, and a body. ("Message Formats": StartupMessage,
/// SSLRequest, GSSENCRequest, CancelRequest.)
struct StartupPacket {
    enum class Kind { tls_request, gssapi_request, cancel_request, startup };
    Kind kind = Kind::startup;
    std::uint32_t process = 0;  ///< of a cancel request
    std::uint32_t key = 0;
    std::uint32_t minor_version = 0;  ///< of a startup: 3.x
    std::vector<std::pair<std::string, std::string>> parameters;

    /// "" if it is not among the parameters.
    std::string parameter(std::string_view name) const;
};

constexpr std::size_t k_startup_head = 4;

/// The octets of a packet, its head included, that begins with this head. Throws ProtocolError if no packet has that
/// length.
std::size_t startup_length(std::string_view head);
/// Throws ProtocolError.
StartupPacket parse_startup(std::string_view packet);

}  // namespace lastgood
