#pragma once

#include "gate/cancel_keys.hpp"
#include "gate/gate.hpp"
#include "gate/places.hpp"
#include "gate/server.hpp"
#include "gate/startup.hpp"
#include "gate/transaction.hpp"
#include "outside/bell.hpp"
#include "outside/stream.hpp"

#include <optional>

namespace lastgood {

class GateListener;
class GateLogin;

/// What happens to one connection of a gate, from its first octet to its last.
class GateVisits {
  public:
    GateVisits(Gate::Order order, GateListener& listener);

    enum class Entrance {
        with_password,
        alone,  ///< nobody else can be there
    };
    /// Serves a connection until it is over.
    void receive(int connection, Entrance entrance);

    const Gate::Order& order() const { return m_order; }
    const Secret& password() const { return m_password; }
    Bell& closing() { return m_closing; }
    /// Of a gate with one transaction, when nobody is inside any more.
    GateTransaction& transaction();

  private:
    void admit(Stream& program, GateLogin& login, const StartupPacket& startup, Entrance entrance);
    void pass(Stream& program, GateLogin& login, const GateServer::Parameters& wished);
    void pass_in_transaction(Stream& program, GateLogin& login, const GateServer::Parameters& wished);

    Gate::Order m_order;
    GateListener& m_listener;
    Secret m_password;
    Bell m_closing;
    CancelKeys m_keys;
    GatePlaces m_places;
    std::optional<GateTransaction> m_transaction;
};

}  // namespace lastgood
