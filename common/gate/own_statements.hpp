#pragma once

#include "gate/side.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Bell;

/// What the server answers to statements of our own.
struct OwnAnswer {
    std::string error;                 ///< the ErrorResponse as it came, "" if there is none
    std::string tag;                   ///< of the last statement
    std::optional<std::string> value;  ///< the first of the last row
    char status = '?';                 ///< of the transaction, as ReadyForQuery says
    bool failed() const { return !error.empty(); }
    std::string sqlstate() const;  ///< of the error, "" if there is none
    std::string words() const;     ///< "ERROR:  ...", with DETAIL and HINT lines
};

/// Runs statements of the gate's own over a connection, between those of a program and unseen by it: by the extended
/// protocol, under names of their own, so that its unnamed statement and portal stay.
class OwnStatements {
  public:
    /// `aside` gets what the server says beside its answers: notices, new values of settings, notifications.
    OwnStatements(GateSide& server, std::function<void(const MessagePiece&)> aside);

    /// One after the other until one fails. Waits as long as it takes; once `hurry` rings, `cancel` is called again
    /// and again. Throws StreamEnded if the server leaves.
    OwnAnswer run(const std::vector<std::string>& statements, const Bell* hurry = nullptr,
                  const std::function<void()>& cancel = {});

    /// Reads over everything until so many ReadyForQuery have come, and cancels what runs as long as it takes; the last
    /// one's status. StreamEnded after 10 s too.
    char read_over(int ready_messages, const std::function<void()>& cancel);

  private:
    MessagePiece next(const Bell* hurry, const std::function<void()>& cancel);

    GateSide& m_server;
    std::function<void(const MessagePiece&)> m_aside;
};

/// The server says it unasked, in the midst of anything: NoticeResponse, ParameterStatus, NotificationResponse.
bool is_aside(char type);

}  // namespace lastgood
