#include "outside/filter.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

constexpr std::size_t k_block = 256UL * 1024;
constexpr int k_pipe = 1024 * 1024;  ///< octets that a pipe may hold: fewer changes between the two programs

void make_waiting(const Descriptor& descriptor) {
    const int flags = ::fcntl(descriptor.number(), F_GETFL);
    ::fcntl(descriptor.number(), F_SETFL, flags & ~O_NONBLOCK);
    ::fcntl(descriptor.number(), F_SETPIPE_SZ, k_pipe);  // the default will do where that is too much
}

std::size_t read_from(const Descriptor& from, std::string& block) {
    for (;;) {
        const ssize_t got = ::read(from.number(), block.data(), block.size());
        if (got >= 0) return static_cast<std::size_t>(got);
        if (errno != EINTR) throw std::system_error(errno, std::system_category(), "cannot read from a child");
    }
}

std::string one_line(std::string text) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    for (char& c : text)
        if (c == '\n') c = ' ';
    return text;
}

}  // namespace

Filter::Filter(Interruption& interruption, Child child)
    : m_interruption(interruption),
      m_child(std::move(child)),
      m_block(k_block, '\0'),
      m_registration(interruption, [this] { kill(); }) {
    for (const Descriptor* descriptor : {&m_child.input, &m_child.out, &m_child.err}) make_waiting(*descriptor);
}

Filter::~Filter() {
    kill();
    if (!m_reaped) ::waitpid(m_child.pid, nullptr, 0);
}

void Filter::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_child.input.number(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0 && errno == EPIPE) throw FilterEnded();
        if (written < 0) throw std::system_error(errno, std::system_category(), "cannot write to a child");
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void Filter::close_input() {
    m_child.input.reset();
}

std::string_view Filter::read() {
    return {m_block.data(), read_from(m_child.out, m_block)};
}

void Filter::kill() {
    const std::lock_guard lock(m_mutex);
    if (!m_reaped) ::kill(-m_child.pid, SIGKILL);
}

std::string Filter::end() {
    std::string block(k_block, '\0');
    std::string words;
    for (auto got = read_from(m_child.err, block); got != 0; got = read_from(m_child.err, block))
        words.append(block, 0, got);
    int status = 0;
    while (::waitpid(m_child.pid, &status, 0) < 0 && errno == EINTR) {
    }
    {
        const std::lock_guard lock(m_mutex);
        m_reaped = true;
    }
    m_interruption.check();
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return "";
    if (!words.empty()) return one_line(words);
    return WIFSIGNALED(status) ? "it was killed" : "exit status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace lastgood
