#include "outside/bell.hpp"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

Bell::Bell() : m_event(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!m_event) throw std::system_error(errno, std::system_category(), "cannot make an event");
}

void Bell::ring() const {
    const std::uint64_t one = 1;
    const ssize_t ignored = ::write(m_event.number(), &one, sizeof one);
    (void)ignored;
}

bool Bell::rung() const {
    pollfd wait{m_event.number(), POLLIN, 0};
    return ::poll(&wait, 1, 0) == 1;
}

}  // namespace lastgood
