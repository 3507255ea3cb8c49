#include "outside/interruption.hpp"

#include "core/failure.hpp"
#include "outside/descriptor.hpp"

#include <array>
#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <system_error>
#include <thread>
#include <unistd.h>
#include <utility>

namespace lastgood {

namespace {

/// timeout(1) and some runners send one signal twice, to the process and to its group: that is not a second wish.
constexpr std::chrono::milliseconds k_echo{100};

sigset_t taken_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    struct sigaction hangup {};
    ::sigaction(SIGHUP, nullptr, &hangup);
    if (hangup.sa_handler != SIG_IGN) sigaddset(&set, SIGHUP);  // else nohup(1) started us
    return set;
}

}  // namespace

struct Interruption::Watcher {
    explicit Watcher(Interruption& interruption) : owner(interruption) {
        std::signal(SIGPIPE, SIG_IGN);
        const sigset_t set = taken_signals();
        ::pthread_sigmask(SIG_BLOCK, &set, &previous);
        signals = Descriptor(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
        stop = Descriptor(::eventfd(0, EFD_CLOEXEC));
        if (!signals || !stop) throw std::system_error(errno, std::system_category(), "cannot take signals");
    }

    ~Watcher() { ::pthread_sigmask(SIG_SETMASK, &previous, nullptr); }

    /// Not before the owner knows its watcher: a signal may be waiting already.
    void start() {
        reader = std::thread([this] { read(); });
    }

    void end() {
        const std::uint64_t one = 1;
        while (::write(stop.number(), &one, sizeof one) < 0 && errno == EINTR) continue;
        reader.join();
        if (deliverer.joinable()) deliverer.join();
    }

    Watcher(const Watcher&) = delete;
    Watcher& operator=(const Watcher&) = delete;

    void read() {
        for (;;) {
            std::array<pollfd, 2> waits{{{signals.number(), POLLIN, 0}, {stop.number(), POLLIN, 0}}};
            if (::poll(waits.data(), waits.size(), -1) < 0) continue;
            if (waits[1].revents != 0) return;
            signalfd_siginfo info{};
            if (::read(signals.number(), &info, sizeof info) == sizeof info) take(static_cast<int>(info.ssi_signo));
        }
    }

    void take(int signal) {
        const auto now = std::chrono::steady_clock::now();
        if (first == 0) {
            first = signal;
            first_at = now;
            // In a thread of its own: a canceller that hangs must not keep a second signal from ending us.
            deliverer = std::thread([this, signal] { owner.request(signal); });
            return;
        }
        if (signal == first && now - first_at < k_echo) return;
        if (owner.m_shields.load() == 0) ::_exit(128 + signal);
    }

    Interruption& owner;
    sigset_t previous{};
    Descriptor signals;
    Descriptor stop;
    std::condition_variable changed;
    int first = 0;
    std::chrono::steady_clock::time_point first_at;
    std::thread reader;
    std::thread deliverer;
};

Interruption::Interruption() : m_watcher(std::make_unique<Watcher>(*this)) {
    m_watcher->start();
}

Interruption::~Interruption() {
    m_watcher->end();
}

void Interruption::check() const {
    const int signal = m_signal.load();
    if (signal != 0 && m_shields.load() == 0) throw Interrupted(signal);
}

void Interruption::wait(std::chrono::milliseconds duration) const {
    std::unique_lock lock(m_mutex);
    m_watcher->changed.wait_for(lock, duration, [this] { return m_signal.load() != 0 && m_shields.load() == 0; });
    check();
}

void Interruption::request(int signal) {
    const std::lock_guard lock(m_mutex);
    int none = 0;
    m_signal.compare_exchange_strong(none, signal);
    deliver();
}

void Interruption::deliver() {
    if (m_signal.load() == 0 || m_shields.load() != 0) return;
    for (auto& cancel : m_cancellers) {
        if (cancel) std::exchange(cancel, nullptr)();
    }
    m_watcher->changed.notify_all();
}

Interruption::Registration::Registration(Interruption& owner, std::function<void()> cancel) : m_owner(owner) {
    const std::lock_guard lock(m_owner.m_mutex);
    m_entry = m_owner.m_cancellers.insert(m_owner.m_cancellers.end(), std::move(cancel));
    m_owner.deliver();
}

Interruption::Registration::~Registration() {
    const std::lock_guard lock(m_owner.m_mutex);
    m_owner.m_cancellers.erase(m_entry);
}

Interruption::Shield::Shield(Interruption& owner) : m_owner(owner) {
    const std::lock_guard lock(m_owner.m_mutex);
    ++m_owner.m_shields;
}

Interruption::Shield::~Shield() {
    const std::lock_guard lock(m_owner.m_mutex);
    if (--m_owner.m_shields == 0) m_owner.deliver();
}

}  // namespace lastgood
