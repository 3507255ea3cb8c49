#include "gate/answers.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace lastgood {

namespace {

bool is_one_of(char type, const char* types) {
    return type != '\0' && std::strchr(types, type) != nullptr;
}

/// Answered by ReadyForQuery: Query, FunctionCall, Sync.
constexpr const char* k_ready_follows = "QFS";

}  // namespace

void GateAnswers::sent(char type, std::vector<std::string> statements) {
    if (type == 'c' || type == 'f') m_copying = false;
    if (!is_one_of(type, "PBDCEQFS")) return;
    if (type == 'S' && m_copying) return;
    if (m_skipping && type != 'S') return;
    m_skipping = false;
    m_due.push_back({type, std::move(statements)});
}

bool GateAnswers::front_is(const char* types) const {
    return !m_due.empty() && is_one_of(m_due.front().type, types);
}

bool GateAnswers::needs_flush() const {
    return !m_due.empty() && !is_one_of(m_due.back().type, k_ready_follows);
}

void GateAnswers::skip_to_sync() {
    m_copying = false;
    if (m_due.empty() || front_is("QF")) return;
    while (!m_due.empty() && !front_is("S")) m_due.pop_front();
    m_skipping = m_due.empty();
}

/// Of what was sent ahead the server overlooks every Sync until the copy ends.
void GateAnswers::begin_copy_in() {
    m_copying = true;
    std::erase_if(m_due, [](const Due& due) { return due.type == 'S'; });
}

std::string GateAnswers::complete() {
    Due& due = m_due.front();
    std::string statement;
    if (!due.statements.empty()) statement = due.statements[std::min(due.completed, due.statements.size() - 1)];
    ++due.completed;
    if (due.type == 'E') m_due.pop_front();
    return statement;
}

std::optional<std::string> GateAnswers::received(char type) {
    switch (type) {
        case 'Z':  // ReadyForQuery
            m_skipping = m_copying = false;
            while (!m_due.empty() && !front_is(k_ready_follows)) m_due.pop_front();
            if (!m_due.empty()) m_due.pop_front();
            return std::nullopt;
        case 'E':  // ErrorResponse
            skip_to_sync();
            return std::nullopt;
        case 'G':  // CopyInResponse
            begin_copy_in();
            return std::nullopt;
        case 'C':  // CommandComplete
            if (front_is("EQ")) return complete();
            return std::nullopt;
        case 'I':  // EmptyQueryResponse
        case 's':  // PortalSuspended
            if (front_is("E")) m_due.pop_front();
            return std::nullopt;
        default:
            // ParseComplete, BindComplete, CloseComplete, and what ends the answer to Describe.
            const bool ends = (type == '1' && front_is("P")) || (type == '2' && front_is("B")) ||
                              (type == '3' && front_is("C")) || ((type == 'T' || type == 'n') && front_is("D"));
            if (ends) m_due.pop_front();
            return std::nullopt;
    }
}

}  // namespace lastgood
