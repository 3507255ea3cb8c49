#include "gate/visits.hpp"

#include "core/quantity.hpp"
#include "database/session.hpp"
#include "gate/listener.hpp"
#include "gate/login.hpp"
#include "gate/message_cutter.hpp"
#include "gate/messages.hpp"
#include "gate/relay.hpp"
#include "gate/session.hpp"
#include "outside/random.hpp"

#include <stdexcept>
#include <utility>

namespace lastgood {

namespace {

constexpr std::size_t k_password_octets = 24;
/// Somebody who leaves makes room for the next.
constexpr std::chrono::seconds k_until_room{1};

bool is_off(const std::string& value) {
    return value.empty() || value == "false" || value == "off" || value == "no" || value == "0";
}

/// Tells a program why it is not let in; it may have left.
void refuse(GateLogin& login, const char* sqlstate, const std::string& words) {
    try {
        login.say(error_message("FATAL", sqlstate, words));
    } catch (const StreamEnded&) {  // it did not want to know
    }
}

template <typename Settings>
std::string welcome(const Settings& reported, int pid, const CancelKey& key) {
    std::string octets = GateMessage('R').int32(0).octets();  // AuthenticationOk
    for (const auto& [name, value] : reported) octets += parameter_message(name, value);
    octets += GateMessage('K').int32(static_cast<std::uint32_t>(pid)).int32(key.value()).octets();
    return octets + ready_message('I');
}

/// A connection to the server that the listener knows of, until the backend is gone.
class Presence {
  public:
    Presence(GateServer& server, GateListener& listener, const Bell& closing)
        : m_server(server), m_listener(listener), m_closing(closing) {
        m_listener.connected(m_server.pid());
    }
    ~Presence() {
        m_server.end(farewell, m_closing);
        m_listener.ended(m_server.pid());
    }
    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;
    GateServer::Farewell farewell = GateServer::Farewell::broken;

  private:
    GateServer& m_server;
    GateListener& m_listener;
    const Bell& m_closing;
};

}  // namespace

GateVisits::GateVisits(Gate::Order order, GateListener& listener)
    : m_order(std::move(order)),
      m_listener(listener),
      m_password(random_hex(k_password_octets)),
      m_places(m_order.one_transaction ? 1 : m_order.connections) {
    if (m_order.one_transaction) m_transaction.emplace(m_order.target, m_order.application_name, listener, m_closing);
}

GateTransaction& GateVisits::transaction() {
    if (!m_transaction) throw std::logic_error("a gate whose programs have transactions of their own");
    return *m_transaction;
}

void GateVisits::receive(int connection, Entrance entrance) {
    if (m_closing.rung()) return;
    SocketStream program(connection);
    GateLogin login(program, m_closing, m_order.login_within);
    try {
        const StartupPacket startup = login.await_startup();
        if (startup.kind == StartupPacket::Kind::cancel_request)
            m_keys.cancel(startup.process, startup.key);
        else
            admit(program, login, startup, entrance);
    } catch (const StreamEnded&) {  // it left, or the gate closes
    } catch (const ProtocolError& error) {
        refuse(login, "08P01", error.what());
    } catch (const DatabaseError& error) {
        refuse(login, "08001", error.what());
    } catch (const std::exception& error) {
        refuse(login, "XX000", error.what());
    }
}

void GateVisits::admit(Stream& program, GateLogin& login, const StartupPacket& startup, Entrance entrance) {
    login.say(negotiation(startup));
    if (!is_off(startup.parameter("replication")))
        return refuse(login, "0A000", "replication is not let through this gate");
    if (entrance == Entrance::with_password && !login.knows(m_password))
        return refuse(login, "28P01", "password authentication failed at the gate to the database");
    const GatePlaces::Place place(m_places, k_until_room);
    if (!place.had()) {
        const auto most = static_cast<std::uint64_t>(m_transaction ? 1 : m_order.connections);
        return refuse(login, "53300", "no more than " + say_count(most, "connection") + " at a time through this gate");
    }
    if (m_transaction)
        pass_in_transaction(program, login, startup.parameters);
    else
        pass(program, login, startup.parameters);
}

void GateVisits::pass(Stream& program, GateLogin& login, const GateServer::Parameters& wished) {
    GateServer server(m_order.target, m_order.application_name, wished);
    Presence presence(server, m_listener, m_closing);
    const CancelKey key(m_keys, server.pid(), server.canceller());
    login.say(welcome(server.reported(), server.pid(), key));
    presence.farewell = GateRelay(program, server, m_listener, m_closing).run();
}

void GateVisits::pass_in_transaction(Stream& program, GateLogin& login, const GateServer::Parameters& wished) {
    const GateSession& session = m_transaction->enter(wished);
    const int pid = session.server.pid();
    const CancelKey key(m_keys, pid, [window = session.cancels] { window->cancel(); });
    login.say(welcome(session.settings, pid, key));
    m_transaction->converse(program);
}

}  // namespace lastgood
