#include "outside/child_watch.hpp"

#include "outside/child_output.hpp"
#include "outside/process_table.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_grace{3};
/// Grandchildren may hold the pipes open for ever.
constexpr std::chrono::seconds k_drain{1};
/// Between two looks at what no descriptor tells.
constexpr std::chrono::milliseconds k_look{20};

/// Reads what is there; closes `pipe` at its end.
void drain(Descriptor& pipe, ChildOutput& output) {
    std::array<char, 65536> buffer;  // NOLINT: read() fills it
    const ssize_t got = ::read(pipe.number(), buffer.data(), buffer.size());
    if (got > 0) output.add({buffer.data(), static_cast<std::size_t>(got)});
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) pipe.reset();
}

}  // namespace

ChildWatch::ChildWatch(Child child, std::string_view input, std::optional<std::chrono::milliseconds> timeout)
    : m_child(std::move(child)), m_input(input), m_wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (timeout) m_deadline = Clock::now() + *timeout;
}

ChildWatch::~ChildWatch() {
    if (m_ended_at) return;
    ::kill(-m_child.pid, SIGKILL);
    while (::waitpid(m_child.pid, nullptr, 0) < 0 && errno == EINTR) continue;
}

void ChildWatch::cancel() {
    m_cancelled = true;
    const std::uint64_t one = 1;
    const ssize_t ignored = ::write(m_wake.number(), &one, sizeof one);
    (void)ignored;
}

void ChildWatch::run(ChildOutput& out, ChildOutput& err) {
    while (!finished()) {
        wait_for_something(out, err);
        look_for_end();
        look_at_time();
        if (out.is_too_much() && !m_kill_at && !m_ended_at) begin_to_end();
    }
    // What a slow listener has not got yet; a pipe holds no more.
    if (m_child.out) drain(m_child.out, out);
    if (m_child.err) drain(m_child.err, err);
    out.finish();
    err.finish();
}

bool ChildWatch::finished() const {
    if (!m_ended_at) return false;
    // An order to end concerns the whole group.
    if (m_kill_at && !m_killed) return !group_is_alive(m_child.pid);
    return (!m_child.out && !m_child.err) || Clock::now() >= *m_ended_at + k_drain;
}

void ChildWatch::wait_for_something(ChildOutput& out, ChildOutput& err) {
    const int input = m_input.empty() ? -1 : m_child.input.number();
    const int end = m_ended_at ? -1 : m_child.handle.number();
    const int wake = m_kill_at ? -1 : m_wake.number();
    std::array<pollfd, 5> waits{{{m_child.out.number(), POLLIN, 0},
                                 {m_child.err.number(), POLLIN, 0},
                                 {input, POLLOUT, 0},
                                 {end, POLLIN, 0},
                                 {wake, POLLIN, 0}}};
    if (::poll(waits.data(), waits.size(), patience()) <= 0) return;
    if (waits[0].revents != 0) drain(m_child.out, out);
    if (waits[1].revents != 0) drain(m_child.err, err);
    if (waits[2].revents != 0) feed();
}

/// Milliseconds that poll may sleep.
int ChildWatch::patience() const {
    if (m_ended_at || m_kill_at || !m_child.handle) return static_cast<int>(k_look.count());
    if (!m_deadline) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*m_deadline - Clock::now()).count();
    return static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
}

void ChildWatch::feed() {
    const ssize_t written = ::write(m_child.input.number(), m_input.data(), m_input.size());
    if (written >= 0) m_input.remove_prefix(static_cast<std::size_t>(written));
    // A child that does not want all of its input is free not to read it.
    const bool refused = written < 0 && errno != EAGAIN && errno != EINTR;
    if (refused) m_input = {};
    if (m_input.empty()) m_child.input.reset();
}

void ChildWatch::look_for_end() {
    if (m_ended_at) return;
    int status = 0;
    const pid_t ended = ::waitpid(m_child.pid, &status, WNOHANG);
    if (ended != m_child.pid) return;
    m_ended_at = Clock::now();
    if (WIFEXITED(status)) m_result.exit_code = WEXITSTATUS(status);
    if (WIFSIGNALED(status)) m_result.signal = WTERMSIG(status);
}

void ChildWatch::look_at_time() {
    const auto now = Clock::now();
    if (!m_kill_at && m_cancelled && !(m_ended_at && !group_is_alive(m_child.pid))) begin_to_end();
    if (!m_kill_at && !m_ended_at && m_deadline && now >= *m_deadline) {
        m_result.timed_out = true;
        begin_to_end();
    }
    if (m_kill_at && !m_killed && now >= *m_kill_at) {
        ::kill(-m_child.pid, SIGKILL);
        m_killed = true;
    }
}

void ChildWatch::begin_to_end() {
    ::kill(-m_child.pid, SIGTERM);
    m_kill_at = Clock::now() + k_grace;
}

}  // namespace lastgood
