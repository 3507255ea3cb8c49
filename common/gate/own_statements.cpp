#include "gate/own_statements.hpp"

#include "gate/messages.hpp"
#include "outside/bell.hpp"

#include <array>
#include <chrono>
#include <poll.h>
#include <utility>

namespace lastgood {

namespace {

constexpr int k_cancel_again = 100;  // milliseconds
constexpr std::chrono::seconds k_longest_cancelling{10};
constexpr const char* k_own = "lastgood";
constexpr std::uint32_t k_null = 0xffffffff;

std::string named(char type, char what) {
    return GateMessage(type).octet(what).text(k_own).octets();
}

/// Parse, Bind, Execute, and Close of both: before, too, as an error leaves them behind.
std::string request(const std::string& statement) {
    const std::string close = named('C', 'P') + named('C', 'S');
    return close + GateMessage('P').text(k_own).text(statement).int16(0).octets() +
           GateMessage('B').text(k_own).text(k_own).int16(0).int16(0).int16(0).octets() +
           GateMessage('E').text(k_own).int32(0).octets() + close;
}

/// A row's first column, as text.
std::optional<std::string> first_value(std::string_view body) {
    MessageReader reader(body);
    if (reader.int16() == 0) return std::nullopt;
    const std::uint32_t length = reader.int32();
    if (length == k_null) return std::nullopt;
    return std::string(reader.rest().substr(0, length));
}

/// A field of an ErrorResponse, "" if there is none.
std::string field(const std::string& message, char code) {
    if (message.empty()) return "";
    MessageReader reader(MessagePiece{'E', true, true, message}.body());
    for (char found = reader.octet(); found != '\0'; found = reader.octet()) {
        const std::string_view text = reader.text();
        if (found == code) return std::string(text);
    }
    return "";
}

}  // namespace

bool is_aside(char type) {
    return type == 'N' || type == 'S' || type == 'A';
}

std::string OwnAnswer::sqlstate() const {
    return field(error, 'C');
}

std::string OwnAnswer::words() const {
    std::string words = field(error, 'S') + ":  " + field(error, 'M');
    if (const std::string detail = field(error, 'D'); !detail.empty()) words += "\nDETAIL:  " + detail;
    if (const std::string hint = field(error, 'H'); !hint.empty()) words += "\nHINT:  " + hint;
    return words;
}

OwnStatements::OwnStatements(GateSide& server, std::function<void(const MessagePiece&)> aside)
    : m_server(server), m_aside(std::move(aside)) {}

OwnAnswer OwnStatements::run(const std::vector<std::string>& statements, const Bell* hurry,
                             const std::function<void()>& cancel) {
    std::string octets;
    for (const auto& statement : statements) octets += request(statement);
    m_server.put(octets + GateMessage('S').octets());
    OwnAnswer answer;
    for (bool within_error = false;;) {
        const MessagePiece piece = next(hurry, cancel);
        if (is_aside(piece.type)) m_aside(piece);
        if (piece.begins) {
            within_error = piece.type == 'E';
            if (piece.type == 'C') answer.tag = MessageReader(piece.body()).text();
            if (piece.type == 'D') answer.value = first_value(piece.body());
            if (piece.type == 'Z') answer.status = MessageReader(piece.body()).octet();
        }
        if (within_error) answer.error += piece.octets;
        m_server.messages().drop(piece.octets.size());
        if (answer.status != '?') return answer;
    }
}

char OwnStatements::read_over(int ready_messages, const std::function<void()>& cancel) {
    Bell hurry;
    hurry.ring();
    const auto patience = std::chrono::steady_clock::now() + k_longest_cancelling;
    const auto cancel_in_time = [&] {
        if (std::chrono::steady_clock::now() > patience)
            throw StreamEnded("what runs on the server cannot be cancelled");
        cancel();
    };
    char status = '?';
    while (ready_messages > 0) {
        const MessagePiece piece = next(&hurry, cancel_in_time);
        if (piece.begins && piece.type == 'Z') {
            status = MessageReader(piece.body()).octet();
            --ready_messages;
        }
        m_server.messages().drop(piece.octets.size());
    }
    return status;
}

MessagePiece OwnStatements::next(const Bell* hurry, const std::function<void()>& cancel) {
    for (;;) {
        if (const auto piece = m_server.messages().front()) return *piece;
        m_server.flush();
        const bool hurries = hurry != nullptr && hurry->rung();
        if (hurries && cancel) cancel();
        std::array<pollfd, 2> waits{{m_server.wait(true), {hurry == nullptr ? -1 : hurry->number(), POLLIN, 0}}};
        if (hurries) waits[1].fd = -1;
        const int patience = m_server.holds_back() ? 0 : hurries ? k_cancel_again : -1;
        ::poll(waits.data(), waits.size(), patience);
        m_server.fill();
    }
}

}  // namespace lastgood
