#include "gate/relay.hpp"

#include "gate/listener.hpp"
#include "gate/messages.hpp"
#include "outside/bell.hpp"

#include <algorithm>
#include <array>
#include <poll.h>
#include <utility>

namespace lastgood {

namespace {

/// A commit does not wait longer for a server that says nothing: then its locks are looked at a little early.
constexpr std::chrono::seconds k_longest_hold{10};

}  // namespace

GateRelay::GateRelay(Stream& program, GateServer& server, GateListener& listener, const Bell& closing)
    : m_closing(closing),
      m_listener(listener),
      m_pid(server.pid()),
      m_program(program, frontend_rule),
      m_server(server.stream(), backend_rule) {}

GateServer::Farewell GateRelay::run() {
    try {
        while (m_state == State::open) turn();
    } catch (const ProtocolError& error) {
        m_program.put(error_message("FATAL", "08P01", error.what()));
        m_state = State::last_words;
    }
    if (m_state == State::last_words) give_last_words();
    const bool in_order =
        m_state == State::program_left && !m_server.has_unsent() && m_program.messages().at_boundary();
    return in_order ? GateServer::Farewell::in_order : GateServer::Farewell::broken;
}

void GateRelay::turn() {
    pass_to_program();  // first: a commit may wait for what is heard there
    pass_to_server();
    flush();
    if (m_state == State::open && !can_go_on()) wait();
}

/// What there was no room for lies in a cutter, and poll() knows nothing of it. It ends: nothing is read meanwhile.
bool GateRelay::can_go_on() const {
    return (m_more_for_program && m_program.room() > 0) || (m_more_for_server && m_server.room() > 0);
}

void GateRelay::pass_to_server() {
    for (m_more_for_server = true; m_server.room() > 0;) {
        const auto piece = m_program.messages().front();
        m_more_for_server = piece && (!piece->begins || may_pass(*piece));
        if (!m_more_for_server) return;
        const auto passing = piece->octets.substr(0, m_server.room());
        m_server.put(passing);
        m_program.messages().drop(passing.size());
    }
}

/// Takes the message's measure. False if it is not passed on, or not yet.
bool GateRelay::may_pass(const MessagePiece& piece) {
    if (piece.type == 'X') {
        m_program.messages().drop(piece.octets.size());
        m_state = State::program_left;
        return false;
    }
    if (piece.type == 'p') throw ProtocolError("invalid message type");
    if (!m_next) m_next = m_statements.look(piece);
    if (m_next->commits) {
        if (is_held()) return false;
        m_listener.before_commit(m_pid);
    }
    m_answers.sent(piece.type, std::move(m_next->shown));
    m_next.reset();
    return true;
}

bool GateRelay::is_held() {
    const auto now = Clock::now();
    const bool waited_enough = m_held_since && now - *m_held_since >= k_longest_hold;
    if (m_answers.none() || waited_enough) {
        m_held_since.reset();
        return false;
    }
    if (!m_held_since) {
        m_held_since = now;
        if (m_answers.needs_flush()) m_server.put(GateMessage('H').octets());
    }
    return true;
}

void GateRelay::pass_to_program() {
    for (m_more_for_program = true; m_program.room() > 0;) {
        const auto piece = m_server.messages().front();
        m_more_for_program = piece.has_value();
        if (!piece) return;
        if (piece->begins) hear(*piece);
        const auto passing = piece->octets.substr(0, m_program.room());
        m_program.put(passing);
        m_server.messages().drop(passing.size());
    }
}

void GateRelay::hear(const MessagePiece& piece) {
    const auto statement = m_answers.received(piece.type);
    if (m_held_since) m_held_since = Clock::now();
    if (statement) m_listener.completed(m_pid, MessageReader(piece.body()).text(), *statement);
}

void GateRelay::flush() {
    try {
        m_program.flush();
    } catch (const StreamEnded&) {
        if (m_state == State::open) m_state = State::program_gone;
    }
    try {
        m_server.flush();
    } catch (const StreamEnded&) {
        m_server.give_up_sending();  // its last words may be waiting to be read
    }
}

void GateRelay::wait() {
    m_program_may_speak = !m_held_since && m_server.room() > 0;
    m_server_may_speak = m_program.room() > 0;
    std::array<pollfd, 3> waits{
        {m_program.wait(m_program_may_speak), m_server.wait(m_server_may_speak), {m_closing.number(), POLLIN, 0}}};
    // Whoever hangs up while nobody listens to it is gone all the same.
    waits[0].fd = m_program.stream().number();
    waits[0].events |= POLLRDHUP;
    int patience = m_held_since ? static_cast<int>(std::chrono::milliseconds(k_longest_hold).count()) : -1;
    if (m_server_may_speak && m_server.holds_back()) patience = 0;
    ::poll(waits.data(), waits.size(), patience);
    read_program(waits[0].revents);
    read_server(waits[1].revents);
    if (waits[2].revents != 0) m_state = State::closing;
}

void GateRelay::read_program(short seen) {
    try {
        if (m_program_may_speak && seen != 0) m_program.fill();
        if (!m_program_may_speak && (seen & (POLLRDHUP | POLLHUP | POLLERR)) != 0) m_state = State::program_gone;
    } catch (const StreamEnded&) {
        m_state = State::program_gone;
    }
}

void GateRelay::read_server(short seen) {
    try {
        if (m_server_may_speak && (seen != 0 || m_server.holds_back())) m_server.fill();
    } catch (const StreamEnded&) {
        if (m_state == State::open) m_state = State::last_words;
    }
}

/// What the server said before it left: FATAL and why.
void GateRelay::give_last_words() {
    try {
        for (;;) {
            pass_to_program();
            m_program.flush();
            if (m_more_for_program && m_program.room() > 0) continue;
            if (!m_program.has_unsent()) return;
            std::array<pollfd, 2> waits{{m_program.wait(false), {m_closing.number(), POLLIN, 0}}};
            ::poll(waits.data(), waits.size(), -1);
            if (waits[1].revents != 0) return;
        }
    } catch (const StreamEnded&) {    // it did not want to know
    } catch (const ProtocolError&) {  // nor can it be told
    }
}

}  // namespace lastgood
