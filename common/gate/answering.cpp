#include "gate/answering.hpp"

#include "gate/dialogue.hpp"
#include "gate/listener.hpp"
#include "gate/messages.hpp"
#include "gate/session.hpp"

#include <algorithm>

namespace lastgood {

namespace {

const std::string& sync_message() {
    static const std::string octets = GateMessage('S').octets();
    return octets;
}

/// Tags of statements that no program's text may bring to the server.
bool ends_a_transaction(const std::string& tag, const ProgramStatement* statement) {
    if (tag == "ROLLBACK") return statement == nullptr || statement->kind != ProgramStatement::Kind::rollback_to;
    return tag == "COMMIT" || tag == "BEGIN" || tag == "START TRANSACTION" || tag == "PREPARE TRANSACTION";
}

}  // namespace

GateAnswering::GateAnswering(GateDialogue& dialogue, GateSession& session, RowsLedger& rows, GateListener& listener)
    : m_dialogue(dialogue), m_session(session), m_rows(rows), m_listener(listener) {}

void GateAnswering::pass_query(const Statements& statements) {
    m_session.cancels->open();
    ++m_ready_due;
    m_dialogue.pass_to_server();
    pass_until("", statements);
    m_session.cancels->close();
}

char GateAnswering::pass_extended(std::string_view ends, const Statements& statements) {
    m_session.cancels->open();
    m_dialogue.pass_to_server();
    m_dialogue.tell_server(GateMessage('H').octets());
    const char end = pass_until(std::string(ends) + 'E', statements);
    m_session.cancels->close();
    if (end == 'E') ask(sync_message());
    return end;
}

void GateAnswering::ask(const std::string& octets) {
    m_session.cancels->open();
    ++m_ready_due;
    m_dialogue.tell_server(octets);
    for (;;) {
        const MessagePiece piece = m_dialogue.hear_server();
        if (piece.type == 'Z') {
            hear_ready(piece);
            break;
        }
        if (is_aside(piece.type)) m_session.hear_aside(piece);
        m_dialogue.overhear_server();
    }
    m_session.cancels->close();
}

char GateAnswering::pass_until(std::string_view ends, const Statements& statements) {
    for (std::size_t completed = 0;;) {
        const MessagePiece piece = m_dialogue.hear_server();
        const char type = piece.type;
        const bool last = ends.find(type) != std::string_view::npos;
        if (type == 'Z') {
            hear_ready(piece);
            return type;
        }
        if (is_aside(type)) {
            pass_aside();
            continue;
        }
        if (type == 'E') m_session.scope.note(true);
        if (type == 'C') note_completion(piece, statements, completed++);
        tell_held();
        if (type == 'C' && !last) {
            m_held = piece.octets;
            m_dialogue.overhear_server();
            continue;
        }
        pass_message();
        if (type == 'G') pass_rows_in();
        if (last) return type;
    }
}

void GateAnswering::pass_message() {
    for (;;) {
        const bool ends = m_dialogue.hear_server().ends;
        m_dialogue.pass_to_program();
        if (ends) return;
    }
}

void GateAnswering::pass_aside() {
    for (;;) {
        const MessagePiece piece = m_dialogue.hear_server();
        const bool ends = piece.ends;
        m_session.hear_aside(piece);
        m_dialogue.overhear_server();
        if (ends) break;
    }
    tell_asides();
}

void GateAnswering::hear_ready(const MessagePiece& piece) {
    const char status = MessageReader(piece.body()).octet();
    --m_ready_due;
    m_dialogue.overhear_server();
    if (status == 'I') throw EndedByProgram("the server says that there is no transaction any more");
    m_session.scope.note(status == 'E');
}

void GateAnswering::note_completion(const MessagePiece& piece, const Statements& statements, std::size_t index) {
    const std::string tag(MessageReader(piece.body()).text());
    const ProgramStatement* statement =
        statements.empty() ? nullptr : &statements[std::min(index, statements.size() - 1)];
    if (ends_a_transaction(tag, statement)) throw EndedByProgram("the server has answered " + tag);
    if (statement != nullptr && statement->kind == ProgramStatement::Kind::rollback_to) m_session.scope.note(false);
    if (statement != nullptr) m_rows.note(*statement, tag);
    m_listener.completed(m_session.server.pid(), tag, statement == nullptr ? "" : statement->shown);
}

/// COPY FROM STDIN: until the rows end, or the server has something against them.
void GateAnswering::pass_rows_in() {
    for (;;) {
        if (m_dialogue.await_either() == GateDialogue::Speaker::server) {
            if (!is_aside(m_dialogue.hear_server().type)) return;
            pass_aside();
            continue;
        }
        const char type = m_dialogue.hear_program().type;
        if (type == 'X') throw NobodyWaits();
        if (type == 'H' || type == 'S') {
            m_dialogue.overhear_program();  // as the server does meanwhile
            continue;
        }
        m_dialogue.pass_to_server();
        if (type == 'd') continue;
        m_dialogue.tell_server(GateMessage('H').octets());
        return;
    }
}

void GateAnswering::tell_held() {
    tell_instead(std::string(m_held));
}

void GateAnswering::tell_instead(std::string_view octets) {
    m_held.clear();
    if (!octets.empty()) m_dialogue.tell_program(octets);
}

void GateAnswering::tell_asides() {
    const std::string octets = std::move(m_session.asides);
    m_session.asides.clear();
    if (!octets.empty()) m_dialogue.tell_program(octets);
}

void GateAnswering::settle() {
    m_held.clear();
    if (m_dialogue.server_is_inside_a_message()) throw StreamEnded("the program ended in the middle of a message");
    if (!m_session.cancels->is_open()) return;
    // CopyFail ends a copy, and is overlooked elsewhere.
    m_dialogue.tell_server(GateMessage('f').text("the program is gone").octets() + sync_message());
    const char status = m_session.own.read_over(m_ready_due + 1, m_session.server.canceller());
    m_ready_due = 0;
    m_session.cancels->close();
    if (status == 'I') throw EndedByProgram("the server says that there is no transaction any more");
}

}  // namespace lastgood
