#pragma once

#include "gate/cancel_window.hpp"
#include "gate/own_statements.hpp"
#include "gate/scope.hpp"
#include "gate/server.hpp"
#include "gate/side.hpp"
#include "gate/touched_rows.hpp"

#include <map>
#include <memory>
#include <stdexcept>
#include <string>

namespace lastgood {

class Bell;

/// A COMMIT or ROLLBACK of the program's has reached the server unrecognized: our transaction is over.
class EndedByProgram : public std::runtime_error {
  public:
    explicit EndedByProgram(const std::string& what) : std::runtime_error(what) {}
};

/// A session on the server in which a transaction of ours is open, for programs that come one after the other.
struct GateSession {
    GateSession(const ConnectionUrl& target, const std::string& application_name, RowsLedger& rows,
                const Bell& closing);

    /// What the server said unasked: kept for the program, and settings remembered.
    void hear_aside(const MessagePiece& piece);

    GateServer server;
    std::shared_ptr<CancelWindow> cancels;        ///< of the program's; those on their way may outlive the session
    std::map<std::string, std::string> settings;  ///< as reported last
    std::string asides;                           ///< not told to the program yet
    GateSide side;
    OwnStatements own;
    GateScope scope;
};

}  // namespace lastgood
