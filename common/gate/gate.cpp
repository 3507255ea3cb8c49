#include "gate/gate.hpp"

#include "gate/threads.hpp"
#include "gate/visits.hpp"
#include "outside/acceptor.hpp"
#include "outside/files.hpp"
#include "outside/interruption.hpp"

#include <list>
#include <optional>
#include <utility>

namespace lastgood {

namespace {

/// A program that leaves has this long to do so.
constexpr std::chrono::seconds k_leaving{1};
/// Connections that are not let in, or cancel, beside those that are.
constexpr int k_at_the_door = 16;
constexpr const char* k_port_of_socket = "5432";  // part of the socket's name, which is all it is good for

}  // namespace

struct Gate::State {
    State(Order order, GateListener& listener, Interruption& the_interruption)
        : interruption(the_interruption),
          visits(std::move(order), listener),
          threads(visits.order().connections + k_at_the_door),
          registration(interruption, [this] { visits.closing().ring(); }) {}

    std::unique_ptr<Acceptor> open(Descriptor socket, GateVisits::Entrance entrance) {
        return std::make_unique<Acceptor>(std::move(socket), [this, entrance](Descriptor connection) {
            // A std::function wants what can be copied.
            const auto held = std::make_shared<Descriptor>(std::move(connection));
            threads.start([this, held, entrance] { visits.receive(held->number(), entrance); });
        });
    }

    Interruption& interruption;
    GateVisits visits;
    std::optional<TemporaryDirectory> directory;
    GateThreads threads;
    std::list<std::unique_ptr<Acceptor>> acceptors;  // after the threads, which they start
    std::unique_ptr<Acceptor> acceptor_of_child;
    Interruption::Registration registration;
};

Gate::Gate(Order order, GateListener& listener, Interruption& interruption)
    : m_state(std::make_unique<State>(std::move(order), listener, interruption)) {}

Gate::~Gate() {
    m_state->visits.closing().ring();
}

void Gate::close() {
    m_state->acceptor_of_child.reset();
    m_state->acceptors.clear();
    if (m_state->threads.all_end_within(k_leaving)) return;
    m_state->visits.closing().ring();
    while (!m_state->threads.all_end_within(k_leaving)) continue;
}

void Gate::serve(Descriptor listening_socket) {
    m_state->acceptor_of_child = m_state->open(std::move(listening_socket), GateVisits::Entrance::alone);
}

ConnectionUrl Gate::url(std::uint16_t port) const {
    const ConnectionUrl& target = m_state->visits.order().target;
    return ConnectionUrl(Secret("postgres:///"))
        .with("host", "127.0.0.1")
        .with("port", std::to_string(port))
        .with("user", target.part("user").empty() ? "lastgood" : target.part("user"))
        .with("password", password().reveal())
        .with("dbname", target.database())
        .with("sslmode", "disable");
}

ConnectionUrl Gate::listen_in_directory() {
    auto& directory = m_state->directory;
    if (!directory) {
        directory.emplace("lastgood-gate-");
        Descriptor socket = listen_at(directory->path() / (std::string(".s.PGSQL.") + k_port_of_socket));
        m_state->acceptors.push_back(m_state->open(std::move(socket), GateVisits::Entrance::with_password));
    }
    return url(0).with("host", directory->path().string()).with("port", k_port_of_socket);
}

ConnectionUrl Gate::listen_on_loopback() {
    LoopbackListener listener = listen_on_loopback_port();
    m_state->acceptors.push_back(m_state->open(std::move(listener.socket), GateVisits::Entrance::with_password));
    return url(listener.port);
}

const Secret& Gate::password() const {
    return m_state->visits.password();
}

void Gate::commit() {
    GateTransaction& transaction = m_state->visits.transaction();
    close();
    m_state->interruption.check();
    transaction.commit();
}

void Gate::rollback() {
    GateTransaction& transaction = m_state->visits.transaction();
    close();
    transaction.rollback();
}

std::vector<TouchedRows> Gate::rows() const {
    return m_state->visits.transaction().rows();
}

}  // namespace lastgood
