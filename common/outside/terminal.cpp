#include "outside/terminal.hpp"

#include "outside/interruption.hpp"

#include <cerrno>
#include <cstdio>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace lastgood {

namespace {

constexpr int k_glance_ms = 100;  // between two looks for a signal while somebody types
constexpr const char* k_clear_line = "\r\x1b[K";

}  // namespace

std::optional<TerminalSize> size_of_output() {
    if (::isatty(STDOUT_FILENO) != 1) return std::nullopt;
    TerminalSize size;
    winsize seen{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &seen) == 0 && seen.ws_col > 0 && seen.ws_row > 0)
        size = {seen.ws_col, seen.ws_row};
    return size;
}

bool somebody_is_there() {
    return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDERR_FILENO) == 1;
}

std::string ask_on_terminal(const std::string& question, const Interruption& interruption) {
    std::fputs(question.c_str(), stderr);
    std::fflush(stderr);
    std::string typed;
    while (true) {
        interruption.check();
        pollfd input{STDIN_FILENO, POLLIN, 0};
        if (::poll(&input, 1, k_glance_ms) <= 0) continue;
        char letter = 0;
        const ssize_t got = ::read(STDIN_FILENO, &letter, 1);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0 || letter == '\n') return typed;
        typed += letter;
    }
}

void tell_terminal_at_once(const std::string& line) {
    pollfd output{STDERR_FILENO, POLLOUT, 0};
    if (::isatty(STDERR_FILENO) != 1 || ::poll(&output, 1, 0) != 1 || output.revents != POLLOUT) return;
    const std::string text = k_clear_line + line + "\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace lastgood
