#include "database/gate.hpp"

#include "core/quantity.hpp"
#include "database/cancel_keys.hpp"
#include "database/gate_listener.hpp"
#include "database/gate_login.hpp"
#include "database/gate_messages.hpp"
#include "database/gate_relay.hpp"
#include "database/gate_server.hpp"
#include "database/gate_threads.hpp"
#include "database/message_cutter.hpp"
#include "database/session.hpp"
#include "outside/acceptor.hpp"
#include "outside/bell.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"
#include "outside/random.hpp"

#include <atomic>
#include <list>
#include <optional>
#include <utility>

namespace lastgood {

namespace {

/// A program that leaves has this long to do so.
constexpr std::chrono::seconds k_leaving{1};
/// Connections that are not let in, or cancel, beside those that are.
constexpr int k_at_the_door = 16;
constexpr std::size_t k_password_octets = 24;
constexpr const char* k_port_of_socket = "5432";  // part of the socket's name, which is all it is good for

/// One of a number of places, while it lives.
class Place {
  public:
    Place(std::atomic<int>& taken, int most) : m_taken(taken), m_had(++taken <= most) {}
    ~Place() { --m_taken; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    bool had() const { return m_had; }

  private:
    std::atomic<int>& m_taken;
    bool m_had;
};

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

std::string welcome(const GateServer& server, std::uint32_t key) {
    std::string octets = GateMessage('R').int32(0).octets();  // AuthenticationOk
    for (const auto& [name, value] : server.reported()) octets += parameter_message(name, value);
    octets += GateMessage('K').int32(static_cast<std::uint32_t>(server.pid())).int32(key).octets();
    return octets + ready_message('I');
}

}  // namespace

struct Gate::State {
    State(Order the_order, GateListener& the_listener, Interruption& interruption)
        : order(std::move(the_order)),
          listener(the_listener),
          password(random_hex(k_password_octets)),
          threads(order.connections + k_at_the_door),
          registration(interruption, [this] { closing.ring(); }) {}

    enum class Entrance { with_password, alone };

    std::unique_ptr<Acceptor> open(Descriptor socket, Entrance entrance) {
        return std::make_unique<Acceptor>(std::move(socket), [this, entrance](Descriptor connection) {
            // A std::function wants what can be copied.
            const auto held = std::make_shared<Descriptor>(std::move(connection));
            threads.start([this, held, entrance] { visit(held->number(), entrance); });
        });
    }

    void visit(int connection, Entrance entrance) {
        SocketStream program(connection);
        GateLogin login(program, closing, order.login_within);
        try {
            const StartupPacket startup = login.await_startup();
            if (startup.kind == StartupPacket::Kind::cancel_request)
                keys.cancel(startup.process, startup.key);
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

    void admit(Stream& program, GateLogin& login, const StartupPacket& startup, Entrance entrance) {
        login.say(negotiation(startup));
        if (!is_off(startup.parameter("replication")))
            return refuse(login, "0A000", "replication is not let through this gate");
        if (entrance == Entrance::with_password && !login.knows(password))
            return refuse(login, "28P01", "password authentication failed at the gate to the database");
        const Place place(places_taken, order.connections);
        if (!place.had())
            return refuse(login, "53300",
                          "there are " + say_count(order.connections, "connection") + " through this gate already");
        GateServer server(order.target, order.application_name, startup.parameters);
        pass(program, login, server);
    }

    void pass(Stream& program, GateLogin& login, GateServer& server) {
        Presence presence(*this, server);
        login.say(welcome(server, presence.key()));
        presence.farewell = GateRelay(program, server, listener, closing).run();
    }

    /// A connection to the server that is known: to the listener, and to those who want to cancel.
    class Presence {
      public:
        Presence(State& state, GateServer& server)
            : m_state(state), m_server(server), m_key(state.keys.add(server.pid(), server.canceller())) {
            state.listener.connected(server.pid());
        }
        ~Presence() {
            m_state.keys.remove(m_server.pid());
            m_server.end(farewell, m_state.closing);
            m_state.listener.ended(m_server.pid());
        }
        Presence(const Presence&) = delete;
        Presence& operator=(const Presence&) = delete;
        std::uint32_t key() const { return m_key; }
        GateServer::Farewell farewell = GateServer::Farewell::broken;

      private:
        State& m_state;
        GateServer& m_server;
        std::uint32_t m_key;
    };

    Order order;
    GateListener& listener;
    Secret password;
    Bell closing;
    CancelKeys keys;
    std::atomic<int> places_taken{0};
    std::optional<TemporaryDirectory> directory;
    GateThreads threads;
    std::list<std::unique_ptr<Acceptor>> acceptors;  // after the threads, which they start
    std::unique_ptr<Acceptor> acceptor_of_child;
    Interruption::Registration registration;
};

Gate::Gate(Order order, GateListener& listener, Interruption& interruption)
    : m_state(std::make_unique<State>(std::move(order), listener, interruption)) {}

Gate::~Gate() {
    m_state->closing.ring();
}

void Gate::close() {
    m_state->acceptor_of_child.reset();
    m_state->acceptors.clear();
    if (m_state->threads.all_end_within(k_leaving)) return;
    m_state->closing.ring();
    while (!m_state->threads.all_end_within(k_leaving)) continue;
}

void Gate::serve(Descriptor listening_socket) {
    m_state->acceptor_of_child = m_state->open(std::move(listening_socket), State::Entrance::alone);
}

ConnectionUrl Gate::url(std::uint16_t port) const {
    const ConnectionUrl& target = m_state->order.target;
    return ConnectionUrl(Secret("postgres:///"))
        .with("host", "127.0.0.1")
        .with("port", std::to_string(port))
        .with("user", target.part("user").empty() ? "lastgood" : target.part("user"))
        .with("password", m_state->password.reveal())
        .with("dbname", target.database())
        .with("sslmode", "disable");
}

ConnectionUrl Gate::listen_in_directory() {
    auto& directory = m_state->directory;
    if (!directory) {
        directory.emplace("lastgood-gate-");
        Descriptor socket = listen_at(directory->path() / (std::string(".s.PGSQL.") + k_port_of_socket));
        m_state->acceptors.push_back(m_state->open(std::move(socket), State::Entrance::with_password));
    }
    return url(0).with("host", directory->path().string()).with("port", k_port_of_socket);
}

ConnectionUrl Gate::listen_on_loopback() {
    LoopbackListener listener = listen_on_loopback_port();
    m_state->acceptors.push_back(m_state->open(std::move(listener.socket), State::Entrance::with_password));
    return url(listener.port);
}

const Secret& Gate::password() const {
    return m_state->password;
}

}  // namespace lastgood
