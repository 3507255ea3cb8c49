#include "gate/dialogue.hpp"

#include "outside/bell.hpp"

#include <array>
#include <poll.h>

namespace lastgood {

GateDialogue::Speaker GateDialogue::await_either() {
    for (;;) {
        if (m_server.messages().front()) return Speaker::server;
        if (m_program.messages().front()) return Speaker::program;
        wait(true, true);
    }
}

MessagePiece GateDialogue::hear_program() {
    for (;;) {
        if (const auto piece = m_program.messages().front()) return *piece;
        wait(true, false);
    }
}

MessagePiece GateDialogue::hear_server() {
    for (;;) {
        if (const auto piece = m_server.messages().front()) return *piece;
        wait(false, true);
    }
}

void GateDialogue::pass_to_server() {
    for (;;) {
        const MessagePiece piece = hear_program();
        m_inside = !piece.ends;
        m_server.put(piece.octets);
        m_program.messages().drop(piece.octets.size());
        if (piece.ends) return;
        while (m_server.room() == 0) wait(false, false);
    }
}

void GateDialogue::overhear_program() {
    for (;;) {
        const MessagePiece piece = hear_program();
        m_program.messages().drop(piece.octets.size());
        if (piece.ends) return;
    }
}

void GateDialogue::pass_to_program() {
    const MessagePiece piece = hear_server();
    tell_program(piece.octets);
    overhear_server();
}

void GateDialogue::overhear_server() {
    m_server.messages().drop(hear_server().octets.size());
}

void GateDialogue::tell_program(std::string_view octets) {
    while (m_program.room() == 0) wait(false, false);
    m_program.put(octets);
}

void GateDialogue::finish_telling() {
    while (m_program.has_unsent()) wait(false, false);
}

/// Sends what can be sent, and waits for one of the two, or until more can be sent.
void GateDialogue::wait(bool for_program, bool for_server) {
    try {
        m_program.flush();
    } catch (const StreamEnded&) {
        throw NobodyWaits();
    }
    m_server.flush();
    std::array<pollfd, 3> waits{
        {m_program.wait(for_program), m_server.wait(for_server), {m_closing.number(), POLLIN, 0}}};
    // Whoever hangs up while it waits for an answer is noticed.
    waits[0].fd = m_program.stream().number();
    waits[0].events |= POLLRDHUP;
    ::poll(waits.data(), waits.size(), for_server && m_server.holds_back() ? 0 : -1);
    if (waits[2].revents != 0) throw NobodyWaits();
    try {
        if (for_program && waits[0].revents != 0) m_program.fill();
    } catch (const StreamEnded&) {
        throw NobodyWaits();
    }
    if (!for_program && (waits[0].revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) throw NobodyWaits();
    if (for_server && (waits[1].revents != 0 || m_server.holds_back())) m_server.fill();
}

}  // namespace lastgood
