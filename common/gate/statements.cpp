#include "gate/statements.hpp"

#include "database/shown_statement.hpp"
#include "database/sql_statements.hpp"
#include "gate/first_words.hpp"
#include "gate/message_cutter.hpp"
#include "gate/messages.hpp"

#include <optional>

namespace lastgood {

namespace {

void note(StatementsSeen& seen, std::string_view statement) {
    const std::string words = first_words(statement, 2);
    const std::string first = words.substr(0, words.find(' '));
    seen.commits = seen.commits || first == "COMMIT" || first == "END" || words == "PREPARE TRANSACTION";
    seen.shown.push_back(shown_statement(statement));
}

/// The only statement of a text, without the semicolon behind it. None if there may be several.
std::optional<std::string_view> only_statement(std::string_view text) {
    const auto semicolon = text.find(';');
    if (semicolon == std::string_view::npos) return text;
    return after_comments(text.substr(semicolon + 1)).empty() ? std::optional(text.substr(0, semicolon)) : std::nullopt;
}

}  // namespace

StatementsSeen statements_of(std::string_view text) {
    StatementsSeen seen;
    // Most are alone, and need not be taken apart.
    if (const auto only = only_statement(text)) {
        note(seen, *only);
        return seen;
    }
    try {
        for (const auto& statement : split_statements(text, CopyInput::sent)) note(seen, statement.text);
    } catch (const ScriptError&) {
        seen = {true, {shown_statement(text)}};
    }
    return seen;
}

StatementsSeen GateStatements::look(const MessagePiece& piece) {
    switch (piece.type) {
        case 'Q':
            return statements_of(MessageReader(piece.body()).text());
        case 'P':
            parse(piece.body());
            return {};
        case 'B':
            bind(piece);
            return {};
        case 'C':
            close(piece.body());
            return {};
        case 'E':
            return of_portal(MessageReader(piece.body()).text());
        default:
            return {};
    }
}

void GateStatements::parse(std::string_view body) {
    MessageReader reader(body);
    const std::string_view name = reader.text();
    m_statements.insert_or_assign(std::string(name), statements_of(reader.text()));
}

void GateStatements::bind(const MessagePiece& piece) {
    MessageReader reader(piece.body());
    const std::string portal(reader.text());
    const auto statement = m_statements.find(reader.text());
    if (statement == m_statements.end()) {
        m_portals.erase(portal);
    } else {
        m_portals.insert_or_assign(portal, statement->second);
    }
}

void GateStatements::close(std::string_view body) {
    MessageReader reader(body);
    auto& names = reader.octet() == 'S' ? m_statements : m_portals;
    const auto found = names.find(reader.text());
    if (found != names.end()) names.erase(found);
}

StatementsSeen GateStatements::of_portal(std::string_view name) const {
    const auto found = m_portals.find(name);
    return found == m_portals.end() ? StatementsSeen{} : found->second;
}

}  // namespace lastgood
