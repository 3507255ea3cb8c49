#include "support/loopback_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>
#include <unistd.h>

namespace lastgood::test {
namespace {

constexpr int k_backlog = 64;

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<in_port_t>(port));
    return address;
}

int bound_socket() {
    const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(0);
    if (bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return listener;
    close(listener);
    throw std::runtime_error("no free port on the loopback");
}

}  // namespace

int loopback_listener() {
    const int listener = bound_socket();
    if (listen(listener, k_backlog) != 0) throw std::runtime_error("cannot listen on the loopback");
    return listener;
}

int port_of(int listener) {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0)
        throw std::runtime_error("a socket without a name");
    return ntohs(address.sin_port);
}

int loopback_connection(int port) {
    const int connection = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(port);
    if (connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return connection;
    close(connection);
    return -1;
}

int free_loopback_port() {
    const int probe = bound_socket();
    const int port = port_of(probe);
    close(probe);
    return port;
}

}  // namespace lastgood::test
