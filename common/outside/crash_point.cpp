#include "outside/crash_point.hpp"

#include "core/failure.hpp"
#include "outside/environment.hpp"

#include <cerrno>
#include <charconv>
#include <csignal>
#include <string_view>
#include <unistd.h>
#include <utility>

namespace lastgood {

namespace {

constexpr const char* k_variable = "LASTGOOD_TEST_CRASH";

/// The number behind `word` and ':'; 0 if `text` begins with another word.
int number_after(std::string_view text, std::string_view word) {
    if (!text.starts_with(word) || text.substr(word.size(), 1) != ":") return 0;
    const char* end = text.data() + text.size();
    int number = 0;
    const auto [rest, error] = std::from_chars(text.data() + word.size() + 1, end, number);
    return error == std::errc{} && rest == end && number > 0 ? number : 0;
}

/// "lastgood-migrate" and "before:3" of "lastgood-migrate:before:3".
std::pair<std::string_view, std::string_view> split_program(std::string_view text) {
    const auto colon = text.find(':');
    const bool named = colon != std::string_view::npos && text.find(':', colon + 1) != std::string_view::npos;
    return named ? std::pair(text.substr(0, colon), text.substr(colon + 1)) : std::pair(std::string_view(), text);
}

void crash() {
    ::kill(::getpid(), SIGKILL);
    for (;;) ::pause();
}

}  // namespace

CrashPoint::CrashPoint(const Environment& environment) {
    const auto text = environment.get(k_variable);
    if (!text) return;
    const auto [program, point] = split_program(*text);
    m_before = number_after(point, "before");
    m_after = number_after(point, "after");
    if (m_before == 0 && m_after == 0) {
        throw Failure(ExitCode::usage, std::string(k_variable) + " is neither before:N nor after:N", "nothing",
                      "unset " + std::string(k_variable) + "            only the crash tests set it");
    }
    if (!program.empty() && program != program_invocation_short_name) m_before = m_after = 0;
}

void CrashPoint::before_event() {
    ++m_events;
    if (m_events == m_before) crash();
}

void CrashPoint::after_event() {
    if (m_events == m_after) crash();
}

}  // namespace lastgood
