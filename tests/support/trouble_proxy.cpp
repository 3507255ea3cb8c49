#include "support/trouble_proxy.hpp"

#include "support/loopback_socket.hpp"

#include <array>
#include <limits>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace lastgood::test {
namespace {

constexpr std::int64_t k_unlimited = std::numeric_limits<std::int64_t>::max();
constexpr int k_look = 20;  // milliseconds between two looks at the end
constexpr const char* k_errors[] = {
    "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    "HTTP/1.1 503 Slow Down\r\nContent-Type: application/xml\r\nContent-Length: 38\r\nConnection: close\r\n\r\n"
    "<Error><Code>SlowDown</Code></Error>\r\n"};

/// Closes so that the other side sees a reset, not an end.
void reset(int connection) {
    const linger at_once{1, 0};
    setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    close(connection);
}

bool send_all(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

TroubleProxy::TroubleProxy(int server_port, unsigned seed)
    : m_server_port(server_port), m_socket(loopback_listener()), m_port(port_of(m_socket)), m_generator(seed) {
    m_acceptor = std::jthread([this] { accept_all(); });
}

TroubleProxy::~TroubleProxy() {
    m_ended = true;
    m_acceptor.join();
    m_connections.clear();
    close(m_socket);
}

std::string TroubleProxy::endpoint() const {
    return "http://127.0.0.1:" + std::to_string(m_port);
}

TroubleProxy::Fate TroubleProxy::next_fate() {
    if (m_mode != Mode::random) return {k_unlimited, k_unlimited, ""};
    const auto octets = [this](std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(0, most)(m_generator);
    };
    ++m_troubles;
    switch (std::uniform_int_distribution<int>(0, 5)(m_generator)) {
        case 0:
            return {0, 0, ""};
        case 1:
            return {k_unlimited, 0, k_errors[m_generator() % 2]};
        case 2:
            return {octets(6 << 20), k_unlimited, ""};
        case 3:
            return {k_unlimited, octets(6 << 20), ""};
        case 4:
            return {k_unlimited, octets(2'000), ""};
        default:
            return {40 << 20, 40 << 20, ""};
    }
}

void TroubleProxy::lose_answer_to(const std::string& words) {
    const std::lock_guard lock(m_mutex);
    m_answer_to_lose = words;
}

bool TroubleProxy::has_one_to_lose() const {
    const std::lock_guard lock(m_mutex);
    return !m_answer_to_lose.empty();
}

bool TroubleProxy::takes_away_answer(std::string_view request) {
    const std::lock_guard lock(m_mutex);
    const auto head = request.substr(0, request.find("\r\n\r\n"));
    if (m_answer_to_lose.empty() || head.find(m_answer_to_lose) == std::string_view::npos) return false;
    m_answer_to_lose.clear();
    return true;
}

void TroubleProxy::accept_all() {
    while (!m_ended) {
        pollfd waits{m_socket, POLLIN, 0};
        if (poll(&waits, 1, k_look) <= 0) continue;
        const int client = accept4(m_socket, nullptr, nullptr, SOCK_CLOEXEC);
        if (client < 0) continue;
        m_connections.emplace_back([this, client, fate = next_fate()] { serve(client, fate); });
    }
}

void TroubleProxy::serve(int client, const Fate& fate) {
    if (fate.answer.empty()) return forward(client, loopback_connection(m_server_port), fate);
    // Of the request only the beginning is read: a service that is busy does not wait for the rest either.
    std::array<char, 16'384> buffer{};
    (void)!read(client, buffer.data(), buffer.size());
    send_all(client, fate.answer);
    shutdown(client, SHUT_WR);
    while (read(client, buffer.data(), buffer.size()) > 0 && !m_ended) continue;
    close(client);
}

void TroubleProxy::forward(int client, int server, Fate fate) {
    std::array<char, 65'536> buffer{};
    bool loses_answer = false;
    std::array<pollfd, 2> waits{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
    while (!m_ended) {
        if (poll(waits.data(), waits.size(), k_look) <= 0) continue;
        if (m_mode == Mode::silent) {
            m_holds_back = true;
            poll(nullptr, 0, k_look);
            continue;
        }
        const bool from_client = waits[0].revents != 0;
        std::int64_t& left = from_client ? fate.to_server : fate.to_client;
        const ssize_t got = read(from_client ? client : server, buffer.data(), buffer.size());
        if (got <= 0) break;
        const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
        if (from_client)
            loses_answer = loses_answer || takes_away_answer(bytes);
        else if (loses_answer && !bytes.starts_with("HTTP/1.1 100"))
            break;
        const auto passing = bytes.substr(0, static_cast<std::size_t>(left));
        if (!send_all(from_client ? server : client, passing)) break;
        left -= static_cast<std::int64_t>(passing.size());
        if (left == 0) break;
    }
    reset(client);
    close(server);
}

}  // namespace lastgood::test
