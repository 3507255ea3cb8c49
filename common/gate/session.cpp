#include "gate/session.hpp"

#include "gate/messages.hpp"

namespace lastgood {

GateSession::GateSession(const ConnectionUrl& target, const std::string& application_name, RowsLedger& rows,
                         const Bell& closing)
    : server(target, application_name, {}),
      cancels(std::make_shared<CancelWindow>(server.canceller())),
      side(server.stream(), backend_rule),
      own(side, [this](const MessagePiece& piece) { hear_aside(piece); }),
      scope(own, rows, server.canceller(), closing) {
    for (const auto& [name, value] : server.reported()) settings[name] = value;
}

void GateSession::hear_aside(const MessagePiece& piece) {
    asides += piece.octets;
    if (piece.type != 'S' || !piece.begins || !piece.ends) return;
    MessageReader reader(piece.body());
    const std::string name(reader.text());
    settings[name] = reader.text();
}

}  // namespace lastgood
