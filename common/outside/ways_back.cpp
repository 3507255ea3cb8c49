#include "outside/ways_back.hpp"

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace lastgood {

namespace {

#if defined(__x86_64__)
constexpr std::uint32_t k_architecture = AUDIT_ARCH_X86_64;
constexpr std::uint32_t k_first_of_x32 = 0x40000000;  // the same calls under other numbers, linux: __X32_SYSCALL_BIT
#elif defined(__aarch64__)
constexpr std::uint32_t k_architecture = AUDIT_ARCH_AARCH64;
constexpr std::uint32_t k_first_of_x32 = 0;
#else
constexpr std::uint32_t k_architecture = 0;
constexpr std::uint32_t k_first_of_x32 = 0;
#endif

/// Whoever is root keeps its files, but not these.
constexpr std::array<unsigned, 6> k_capabilities{
    CAP_SYS_ADMIN,   // joins namespaces, mounts
    CAP_SYS_PTRACE,  // other processes' memory (/proc/PID/mem) and descriptors
    CAP_SYS_MODULE, CAP_SYS_RAWIO, CAP_BPF, CAP_PERFMON,
};

constexpr std::array<long, 11> k_forbidden{
    SYS_setns,
    SYS_unshare,
    SYS_io_uring_setup,  // makes and connects sockets without the calls for that
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,  // takes the sockets of other processes
    SYS_bpf,
    SYS_add_key,
    SYS_request_key,
    SYS_keyctl,  // the kernel asks others on one's behalf, DNS among them
};

/// Instructions of the classic BPF that seccomp(2) runs for every system call.
class CallFilter {
  public:
    CallFilter() {
        load(offsetof(seccomp_data, arch));
        unless_equal(k_architecture, {refuse_and_kill()});
        load(offsetof(seccomp_data, nr));
        if (k_first_of_x32 != 0) unless_below(k_first_of_x32, refuse(ENOSYS));
        for (const long number : k_forbidden) if_equal(static_cast<std::uint32_t>(number), {refuse(EPERM)});
        // A netlink socket is one of its own namespace.
        if_equal(SYS_socket, {load_of(k_first_argument), allow_if(AF_INET), k_allow, allow_if(AF_INET6), k_allow,
                              allow_if(AF_NETLINK), k_allow, refuse(EAFNOSUPPORT)});
        // One of a pair of datagram sockets can be connected again, to any path.
        if_equal(SYS_socketpair, {load_of(k_second_argument),
                                  {BPF_ALU | BPF_AND | BPF_K, 0, 0, k_type_of_socket},
                                  allow_if(SOCK_STREAM),
                                  k_allow,
                                  allow_if(SOCK_SEQPACKET),
                                  k_allow,
                                  refuse(EPERM)});
        m_code.push_back(k_allow);
    }

    sock_fprog program() { return {static_cast<unsigned short>(m_code.size()), m_code.data()}; }

  private:
    using Code = std::vector<sock_filter>;
    static constexpr std::uint32_t k_type_of_socket = 0xf;  // linux: SOCK_TYPE_MASK, the rest are flags
    // The kernel takes an int: the lower half of a little-endian argument.
    static constexpr std::uint32_t k_first_argument = offsetof(seccomp_data, args);
    static constexpr std::uint32_t k_second_argument = offsetof(seccomp_data, args) + sizeof(std::uint64_t);
    static constexpr sock_filter k_allow{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};

    static sock_filter load_of(std::uint32_t offset) { return {BPF_LD | BPF_W | BPF_ABS, 0, 0, offset}; }
    static sock_filter refuse(std::uint32_t error_number) {
        return {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | error_number};
    }
    static sock_filter refuse_and_kill() { return {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS}; }
    /// The next instruction only if the value is this one.
    static sock_filter allow_if(std::uint32_t value) { return {BPF_JMP | BPF_JEQ | BPF_K, 0, 1, value}; }

    void load(std::size_t offset) { m_code.push_back(load_of(static_cast<std::uint32_t>(offset))); }
    void add(const Code& block) { m_code.insert(m_code.end(), block.begin(), block.end()); }
    void if_equal(std::uint32_t value, const Code& block) {
        m_code.push_back({BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(block.size()), value});
        add(block);
    }
    void unless_equal(std::uint32_t value, const Code& block) {
        m_code.push_back({BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint8_t>(block.size()), 0, value});
        add(block);
    }
    void unless_below(std::uint32_t value, const sock_filter& instruction) {
        m_code.push_back({BPF_JMP | BPF_JGE | BPF_K, 0, 1, value});
        m_code.push_back(instruction);
    }

    Code m_code;
};

sock_fprog& filter_program() {
    static CallFilter filter;
    static sock_fprog program = filter.program();
    return program;
}

/// PR_CAPBSET_DROP asks for CAP_SETPCAP even where there is nothing to drop.
bool drop_for_ever(unsigned capability) {
    if (::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) <= 0) return true;
    return ::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0;
}

}  // namespace

void prepare_to_forbid_ways_back() {
    filter_program();
}

bool give_up_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> sets{};
    if (::syscall(SYS_capget, &header, sets.data()) != 0) return false;
    for (const unsigned capability : k_capabilities) {
        // The next exec leaves only root with any, and root with all that is not dropped for ever.
        if (::geteuid() == 0 && !drop_for_ever(capability)) return false;
        const std::uint32_t kept = ~CAP_TO_MASK(capability);
        auto& set = sets.at(CAP_TO_INDEX(capability));
        set.effective &= kept;
        set.permitted &= kept;
        set.inheritable &= kept;
    }
    return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

bool forbid_ways_back() {
    if (k_architecture == 0) {
        errno = ENOSYS;
        return false;
    }
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter_program(), 0, 0) == 0;
}

}  // namespace lastgood
