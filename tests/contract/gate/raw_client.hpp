#pragma once

#include "database/connection_url.hpp"
#include "gate/message_cutter.hpp"
#include "gate/messages.hpp"
#include "support/loopback_socket.hpp"

#include <array>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

namespace lastgood {

/// A client that says exactly what it is told to, over TCP, and waits for answers with a limit.
class RawClient {
  public:
    explicit RawClient(const ConnectionUrl& url) : m_socket(test::loopback_connection(std::stoi(url.part("port")))) {
        if (m_socket < 0) throw std::runtime_error("nobody listens");
        const timeval limit{20, 0};
        setsockopt(m_socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    }
    ~RawClient() { hang_up(); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void hang_up() {
        if (m_socket >= 0) ::close(m_socket);
        m_socket = -1;
    }
    /// False if the other side has closed.
    bool send(const std::string& octets) {
        std::string_view rest = octets;
        while (!rest.empty()) {
            const ssize_t sent = ::send(m_socket, rest.data(), rest.size(), MSG_NOSIGNAL);
            if (sent <= 0) return false;
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }
    /// Through the startup packet and the password to the first ReadyForQuery.
    void log_in(const ConnectionUrl& url) {
        const std::string password = url.part("password");
        send(GateMessage('?')
                 .int32(3U << 16U)
                 .text("user")
                 .text(url.part("user"))
                 .text("database")
                 .text(url.part("dbname"))
                 .octet('\0')
                 .octets()
                 .substr(1));
        if (!password.empty()) send(GateMessage('p').text(password).octets());
        hear('Z');
    }

    /// "name=value" pairs behind version 3.0.
    static std::string startup(const std::string& parameter, std::uint32_t version = 3U << 16U) {
        GateMessage body('?');
        body.int32(version);
        const auto equals = parameter.find('=');
        body.text(parameter.substr(0, equals)).text(parameter.substr(equals + 1));
        return body.octet('\0').octets().substr(1);
    }

    /// Everything until a message of this type has come, as words: "T D:1 C:SELECT_1 Z:I"; "end" where the other side
    /// closes instead.
    std::string hear(char type) {
        std::string heard;
        for (;;) {
            const auto piece = m_messages.front();
            if (!piece) {
                std::array<char, 65536> block;  // NOLINT: recv() fills it
                const ssize_t got = ::recv(m_socket, block.data(), block.size(), 0);
                if (got < 0 && errno == EAGAIN) throw std::runtime_error("no answer, only " + heard);
                if (got <= 0) return heard + "end";
                m_messages.add({block.data(), static_cast<std::size_t>(got)});
                continue;
            }
            const bool last = piece->type == type;
            if (piece->begins) heard += say(*piece);
            m_messages.drop(piece->octets.size());
            if (last) return heard.substr(0, heard.size() - 1);
        }
    }
    /// Of BackendKeyData.
    std::uint32_t pid = 0;
    std::uint32_t key = 0;
    std::string error;  ///< the words of the last ErrorResponse

  private:
    std::string say(const MessagePiece& piece) {
        const std::string name(1, piece.type);
        MessageReader reader(piece.body());
        switch (piece.type) {
            case 'K':
                pid = reader.int32();
                key = reader.int32();
                return "";
            case 'S':
                return "";
            case 'C': {
                std::string tag(reader.text());
                for (char& c : tag) c = c == ' ' ? '_' : c;
                return name + ":" + tag + " ";
            }
            case 'Z':
                return name + ":" + reader.octet() + " ";
            case 'E':
            case 'N':
                return name + ":" + field(piece.body(), 'C') + " ";
            case 'D':
                reader.int16();
                return name + ":" + std::string(value(reader)) + " ";
            default:
                return name + " ";
        }
    }
    static std::string_view value(MessageReader& reader) {
        const std::uint32_t length = reader.int32();
        return length == 0xffffffffU ? std::string_view("null") : reader.rest().substr(0, length);
    }
    std::string field(std::string_view body, char wanted) {
        MessageReader reader(body);
        std::string found;
        for (char code = reader.octet(); code != '\0'; code = reader.octet()) {
            const std::string text(reader.text());
            if (code == 'M') error = text;
            if (code == wanted) found = text;
        }
        return found;
    }

    int m_socket;
    MessageCutter m_messages{backend_rule};
};

inline std::string query_message(const std::string& text) {
    return GateMessage('Q').text(text).octets();
}
/// Of the extended protocol, all with unnamed statement and portal unless named.
inline std::string parse_message(const std::string& text, const std::string& name = "") {
    return GateMessage('P').text(name).text(text).int16(0).octets();
}
inline std::string bind_message(const std::string& statement = "", const std::string& portal = "") {
    return GateMessage('B').text(portal).text(statement).int16(0).int16(0).int16(0).octets();
}
inline std::string execute_message(const std::string& portal = "", std::uint32_t rows = 0) {
    return GateMessage('E').text(portal).int32(rows).octets();
}
inline std::string run_message(const std::string& text) {
    return parse_message(text) + bind_message() + execute_message();
}
inline std::string sync_message() {
    return GateMessage('S').octets();
}

}  // namespace lastgood
