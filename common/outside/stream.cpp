#include "outside/stream.hpp"

#include <cerrno>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

/// 0 if it is only not the time yet.
std::size_t come_to_nothing() {
    if (errno == EAGAIN || errno == EINTR) return 0;
    throw StreamEnded(std::system_category().message(errno));
}

}  // namespace

void Stream::end_writing() const {
    ::shutdown(m_number, SHUT_WR);
}

std::size_t SocketStream::read(char* buffer, std::size_t size) {
    const ssize_t got = ::recv(number(), buffer, size, 0);
    if (got == 0) throw StreamEnded("closed by the other side");
    return got > 0 ? static_cast<std::size_t>(got) : come_to_nothing();
}

std::size_t SocketStream::write(std::string_view bytes) {
    const ssize_t sent = ::send(number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    return sent >= 0 ? static_cast<std::size_t>(sent) : come_to_nothing();
}

}  // namespace lastgood
