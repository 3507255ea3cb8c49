#include "outside/child_isolation.hpp"

#include "outside/ways_back.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

constexpr int k_backlog = 64;

std::string itself(unsigned id) {
    return std::to_string(id) + " " + std::to_string(id) + " 1\n";
}

bool write_whole(const char* path, const char* text, std::size_t size) {
    const Descriptor file(::open(path, O_WRONLY | O_CLOEXEC));
    return file && ::write(file.number(), text, size) == static_cast<ssize_t>(size);
}

bool bring_loopback_up() {
    const Descriptor any(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!any) return false;
    ifreq request{};
    std::memcpy(request.ifr_name, "lo", sizeof "lo");
    if (::ioctl(any.number(), SIOCGIFFLAGS, &request) != 0) return false;
    request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
    return ::ioctl(any.number(), SIOCSIFFLAGS, &request) == 0;
}

bool listen_on(int socket, std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
           ::listen(socket, k_backlog) == 0;
}

/// A message that carries one descriptor.
struct Parcel {
    Parcel() {
        message.msg_iov = &content;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
    }
    Parcel(const Parcel&) = delete;
    Parcel& operator=(const Parcel&) = delete;

    char octet = 0;
    iovec content{&octet, 1};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    msghdr message{};
};

}  // namespace

ChildIsolation::ChildIsolation(std::uint16_t port)
    : m_port(port), m_user_map(itself(::geteuid())), m_group_map(itself(::getegid())) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
        throw std::system_error(errno, std::system_category(), "cannot make a pair of sockets");
    m_ours = Descriptor(ends[0]);
    m_childs = Descriptor(ends[1]);
    prepare_to_forbid_ways_back();
}

std::optional<IsolationStep> ChildIsolation::enter() const {
    if (const auto failed = enter_network()) return failed;
    if (!bring_loopback_up()) return IsolationStep::loopback;
    if (!hand_listener_over()) return IsolationStep::listener;
    if (!give_up_capabilities()) return IsolationStep::capabilities;
    if (!forbid_ways_back()) return IsolationStep::filter;
    return std::nullopt;
}

std::optional<IsolationStep> ChildIsolation::enter_network() const {
    if (::unshare(CLONE_NEWNET) == 0) return std::nullopt;
    // Who may not make a network alone may make one inside a user namespace of his own.
    if (errno != EPERM || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return IsolationStep::network;
    return map_identity() ? std::nullopt : std::optional(IsolationStep::identity);
}

/// Without it the child would be nobody, and a stranger to its own files.
bool ChildIsolation::map_identity() const {
    return write_whole("/proc/self/uid_map", m_user_map.data(), m_user_map.size()) &&
           write_whole("/proc/self/setgroups", "deny", 4) &&
           write_whole("/proc/self/gid_map", m_group_map.data(), m_group_map.size());
}

bool ChildIsolation::hand_listener_over() const {
    const Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!listener || !listen_on(listener.number(), m_port)) return false;
    Parcel parcel;
    cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    const int number = listener.number();
    std::memcpy(CMSG_DATA(header), &number, sizeof number);
    return ::sendmsg(m_childs.number(), &parcel.message, MSG_NOSIGNAL) == 1;
}

Descriptor ChildIsolation::take_listener() const {
    Parcel parcel;
    if (::recvmsg(m_ours.number(), &parcel.message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT) != 1)
        throw std::system_error(errno, std::system_category(), "cannot take the socket of an isolated child");
    const cmsghdr* header = CMSG_FIRSTHDR(&parcel.message);
    if (header == nullptr || header->cmsg_type != SCM_RIGHTS)
        throw std::system_error(EPROTO, std::system_category(), "an isolated child handed no socket over");
    int number = -1;
    std::memcpy(&number, CMSG_DATA(header), sizeof number);
    return Descriptor(number);
}

const char* say_failed(IsolationStep step) {
    switch (step) {
        case IsolationStep::network:
            return "it gets no network of its own";
        case IsolationStep::identity:
            return "it cannot keep its user in a namespace of its own";
        case IsolationStep::loopback:
            return "its loopback does not come up";
        case IsolationStep::listener:
            return "its port cannot be listened on";
        case IsolationStep::capabilities:
            return "it cannot give up its capabilities";
        case IsolationStep::filter:
            return "its system calls cannot be filtered";
    }
    return "";
}

}  // namespace lastgood
