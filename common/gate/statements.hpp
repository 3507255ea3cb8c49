#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

struct MessagePiece;

/// What a message of a client has the server do.
struct StatementsSeen {
    bool commits = false;            ///< COMMIT, END, PREPARE TRANSACTION, or nobody can tell
    std::vector<std::string> shown;  ///< shown_statement() of each statement that will complete
};

/// Knows the statements in the messages of one connection, also those that were prepared by Parse.
class GateStatements {
  public:
    /// To be called once for each message, with its first piece. Throws ProtocolError.
    StatementsSeen look(const MessagePiece& piece);

  private:
    void parse(std::string_view body);
    void bind(const MessagePiece& piece);
    void close(std::string_view body);
    StatementsSeen of_portal(std::string_view name) const;

    std::map<std::string, StatementsSeen, std::less<>> m_statements;
    std::map<std::string, StatementsSeen, std::less<>> m_portals;
};

/// The statements of a simple query. A text that cannot be taken apart may commit.
StatementsSeen statements_of(std::string_view text);

}  // namespace lastgood
