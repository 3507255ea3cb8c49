#include "outside/acceptor.hpp"

#include "outside/files.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <utility>

namespace lastgood {

namespace {

constexpr int k_backlog = 64;
/// Until a descriptor may be free again.
constexpr int k_out_of_descriptors = 100;  // milliseconds

}  // namespace

Descriptor listen_at(const std::filesystem::path& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const std::string text = path.string();
    if (text.size() >= sizeof address.sun_path) throw FileError("cannot listen at " + text, ENAMETOOLONG);
    text.copy(address.sun_path, text.size());
    Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const bool listens = socket &&
                         ::bind(socket.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
                         ::listen(socket.number(), k_backlog) == 0;
    if (!listens) throw FileError("cannot listen at " + text, errno);
    return socket;
}

LoopbackListener listen_on_loopback_port() {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const general = reinterpret_cast<sockaddr*>(&address);
    LoopbackListener made{Descriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))};
    const bool listens = made.socket && ::bind(made.socket.number(), general, size) == 0 &&
                         ::listen(made.socket.number(), k_backlog) == 0 &&
                         ::getsockname(made.socket.number(), general, &size) == 0;
    if (!listens) throw std::system_error(errno, std::system_category(), "cannot listen on 127.0.0.1");
    made.port = ntohs(address.sin_port);
    return made;
}

Acceptor::Acceptor(Descriptor listener, std::function<void(Descriptor)> take)
    : m_listener(std::move(listener)), m_take(std::move(take)) {
    // What connected may be gone before it is accepted.
    ::fcntl(m_listener.number(), F_SETFL, ::fcntl(m_listener.number(), F_GETFL) | O_NONBLOCK);
    m_thread = std::thread([this] { accept_until_told(); });
}

Acceptor::~Acceptor() {
    m_enough.ring();
    m_thread.join();
}

void Acceptor::accept_until_told() {
    std::array<pollfd, 2> waits{{{m_listener.number(), POLLIN, 0}, {m_enough.number(), POLLIN, 0}}};
    for (;;) {
        if (::poll(waits.data(), waits.size(), -1) < 0) continue;
        if (waits[1].revents != 0) return;
        Descriptor connection(::accept4(m_listener.number(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection) {
            m_take(std::move(connection));
        } else if (errno == EMFILE || errno == ENFILE) {
            ::poll(&waits[1], 1, k_out_of_descriptors);
        }
    }
}

}  // namespace lastgood
