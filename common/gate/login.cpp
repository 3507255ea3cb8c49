#include "gate/login.hpp"

#include "gate/message_cutter.hpp"
#include "gate/messages.hpp"
#include "outside/bell.hpp"

#include <array>
#include <poll.h>

namespace lastgood {

namespace {

constexpr std::uint32_t k_cleartext_password = 3;  // AuthenticationCleartextPassword
constexpr std::uint32_t k_longest_password = 10'000;
constexpr int k_requests_before_startup = 2;  // TLS, then GSSAPI, or the other way round

/// Takes as long whatever the difference is.
bool same(std::string_view given, const std::string& wanted) {
    unsigned difference = given.size() == wanted.size() ? 0 : 1;
    for (std::size_t i = 0; i < wanted.size(); ++i)
        difference |=
            static_cast<unsigned char>(i < given.size() ? given[i] : 0) ^ static_cast<unsigned char>(wanted[i]);
    return difference == 0;
}

}  // namespace

GateLogin::GateLogin(Stream& program, const Bell& closing, std::chrono::milliseconds patience)
    : m_program(program), m_closing(closing), m_deadline(std::chrono::steady_clock::now() + patience) {}

void GateLogin::await(short events) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(m_deadline - std::chrono::steady_clock::now()).count();
    std::array<pollfd, 2> waits{{{m_program.number(), events, 0}, {m_closing.number(), POLLIN, 0}}};
    if (left > 0) ::poll(waits.data(), waits.size(), static_cast<int>(left));
    if (left <= 0 || waits[1].revents != 0) throw StreamEnded("nobody waits for it any more");
}

std::string GateLogin::read(std::size_t octets) {
    std::string got(octets, '\0');
    for (std::size_t at = 0; at < octets;) {
        const std::size_t count = m_program.read(got.data() + at, octets - at);
        if (count == 0) await(m_program.read_waits_for());
        at += count;
    }
    return got;
}

void GateLogin::say(std::string_view octets) {
    while (!octets.empty()) {
        const std::size_t sent = m_program.write(octets);
        if (sent == 0) await(m_program.write_waits_for());
        octets.remove_prefix(sent);
    }
}

StartupPacket GateLogin::await_startup() {
    for (int requests = 0;; ++requests) {
        std::string packet = read(k_startup_head);
        packet += read(startup_length(packet) - k_startup_head);
        StartupPacket parsed = parse_startup(packet);
        const bool asks =
            parsed.kind == StartupPacket::Kind::tls_request || parsed.kind == StartupPacket::Kind::gssapi_request;
        if (!asks) return parsed;
        if (requests == k_requests_before_startup) throw ProtocolError("a startup packet was expected");
        say("N");
    }
}

bool GateLogin::knows(const Secret& password) {
    say(GateMessage('R').int32(k_cleartext_password).octets());
    const std::string head = read(1 + sizeof(std::uint32_t));
    const std::uint32_t length = MessageReader(std::string_view(head).substr(1)).int32();
    if (head.front() != 'p') throw ProtocolError("expected a password");
    if (length < sizeof length || length > k_longest_password) throw ProtocolError("invalid message length");
    const std::string body = read(length - sizeof length);
    return same(MessageReader(body).text(), password.reveal());
}

std::string negotiation(const StartupPacket& startup) {
    std::vector<std::string> unknown;
    for (const auto& [name, value] : startup.parameters)
        if (name.starts_with("_pq_.")) unknown.push_back(name);
    if (startup.minor_version == 0 && unknown.empty()) return "";
    GateMessage message('v');  // NegotiateProtocolVersion
    message.int32(0).int32(static_cast<std::uint32_t>(unknown.size()));
    for (const auto& name : unknown) message.text(name);
    return message.octets();
}

}  // namespace lastgood
