#include "outside/console.hpp"

#include "core/failure.hpp"
#include "core/our_commands.hpp"
#include "outside/environment.hpp"
#include "outside/harmless.hpp"
#include "outside/redaction.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <optional>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_progress_pause{5};
constexpr const char* k_red = "\x1b[31m";
constexpr const char* k_yellow = "\x1b[33m";
constexpr const char* k_plain = "\x1b[0m";
constexpr const char* k_clear_line = "\r\x1b[K";

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::trace:
            return spdlog::level::trace;
        case LogLevel::debug:
            return spdlog::level::debug;
        case LogLevel::info:
            return spdlog::level::info;
        case LogLevel::warning:
            return spdlog::level::warn;
        case LogLevel::error:
            return spdlog::level::err;
        case LogLevel::off:
            return spdlog::level::off;
    }
    return spdlog::level::info;
}

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

/// Cut to `width` bytes, never inside a UTF-8 character.
std::string shortened(std::string text, std::size_t width) {
    if (text.size() <= width) return text;
    while (width > 0 && (static_cast<unsigned char>(text[width]) & 0xC0U) == 0x80U) --width;
    text.resize(width);
    return text;
}

/// "[######--------------]".
std::string bar(double share) {
    constexpr int k_width = 20;
    const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * k_width);
    return "[" + std::string(static_cast<std::size_t>(filled), '#') +
           std::string(static_cast<std::size_t>(k_width - filled), '-') + "]";
}

/// "  detail: first line" and the further lines below it, each passed through `clean`.
template <typename Clean>
std::string section(const char* label, std::string_view text, const Clean& clean) {
    if (text.empty()) return {};
    std::string result;
    std::string indent = "\n  " + std::string(label) + ": ";
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        result += indent + clean(text.substr(0, end));
        indent = "\n    ";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return result;
}

}  // namespace

struct Console::Sink {
    Sink(LogLevel level, const Environment& environment)
        : logger("console", std::make_shared<spdlog::sinks::stderr_sink_mt>()),
          is_terminal(::isatty(STDERR_FILENO) == 1 && environment.get("TERM").value_or("") != "dumb"),
          may_have_colour(environment.get("NO_COLOR").value_or("").empty()),
          has_colour(is_terminal && may_have_colour) {
        logger.set_pattern("%v");
        logger.set_level(spdlog_level(level));
        logger.flush_on(spdlog::level::trace);
    }

    std::string coloured(const char* colour, const std::string& text) const {
        return has_colour ? colour + text + k_plain : text;
    }

    void print(spdlog::level::level_enum level, const std::string& text) {
        const std::lock_guard lock(mutex);
        if (!logger.should_log(level)) return;
        clear_progress();
        logger.log(level, text);
    }

    void clear_progress() {
        if (progress_shown) write_error(k_clear_line);
        progress_shown = false;
    }

    static void write_error(const std::string& text) {
        std::fputs(text.c_str(), stderr);
        std::fflush(stderr);
    }

    std::mutex mutex;
    spdlog::logger logger;
    bool is_terminal;
    bool may_have_colour;
    bool has_colour;
    bool progress_shown = false;
    std::optional<std::chrono::steady_clock::time_point> last_progress;
};

Console::Console(std::string program, LogLevel level, const Redaction& redaction, const Environment& environment)
    : m_program(std::move(program)),
      m_level(level),
      m_redaction(redaction),
      m_sink(std::make_unique<Sink>(level, environment)) {}

Console::~Console() {
    const std::lock_guard lock(m_sink->mutex);
    m_sink->clear_progress();
}

void Console::complete_commands(std::string words) {
    m_words = std::move(words);
}

std::string Console::completed(std::string_view text) const {
    return m_words.empty() ? std::string(text) : with_words(text, m_words);
}

void Console::debug(std::string_view message) {
    m_sink->print(spdlog::level::debug, m_program + ": debug: " + safe(message));
}

void Console::info(std::string_view message) {
    m_sink->print(spdlog::level::info, m_program + ": " + safe(completed(message)));
}

void Console::warning(std::string_view message) {
    if (m_in_words && level() <= LogLevel::warning)
        if (const std::string line = m_in_words(safe(completed(message))); !line.empty()) return tell_runner(line);
    m_sink->print(spdlog::level::warn,
                  m_program + ": " + m_sink->coloured(k_yellow, "warning:") + " " + safe(completed(message)));
}

void Console::relay(std::string_view line) {
    m_sink->print(spdlog::level::info, "  | " + safe(line));
}

void Console::failure(const Failure& failure) {
    const auto clean = [this](std::string_view line) { return safe(line); };
    m_sink->print(spdlog::level::err, m_program + ": " + m_sink->coloured(k_red, "error:") + " " +
                                          safe(failure.what_happened()) + section("detail", failure.detail(), clean) +
                                          section("changed", completed(failure.changed()), clean) +
                                          section("next", completed(failure.next()), clean));
}

void Console::tell_runner(std::string_view line) {
    if (line.empty()) return;
    const std::lock_guard lock(m_sink->mutex);
    m_sink->clear_progress();
    Sink::write_error(std::string(line) + "\n");
}

bool Console::is_read_by_runner() {
    struct stat out {};
    struct stat err {};
    if (::fstat(STDOUT_FILENO, &out) != 0 || ::fstat(STDERR_FILENO, &err) != 0) return false;
    const auto is_pipe = [](const struct stat& status) { return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode); };
    return is_pipe(out) && is_pipe(err) && (out.st_dev != err.st_dev || out.st_ino != err.st_ino);
}

void Console::use_colour() {
    m_sink->has_colour = m_sink->may_have_colour;
}

/// What the strings of a JSON record hold is not ours to change; all else is for a terminal.
void Console::answer(std::string_view line) {
    const std::lock_guard lock(m_sink->mutex);
    m_sink->clear_progress();
    const std::string text = (line.starts_with('{') ? harmless_json(m_redaction.clean(line)) : safe(line)) + "\n";
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

void Console::event(std::string_view json) {
    if (m_tells_events) answer(json);
}

void Console::progress(std::string_view message, std::optional<double> share) {
    std::string text = m_program + ": " + safe(message);
    const std::lock_guard lock(m_sink->mutex);
    if (!m_sink->logger.should_log(spdlog::level::info)) return;
    if (m_sink->is_terminal) {
        if (share) text.insert(0, bar(*share) + " ");
        Sink::write_error(k_clear_line + shortened(text, terminal_width() - 1));
        m_sink->progress_shown = true;
        return;
    }
    const auto now = std::chrono::steady_clock::now();
    if (m_sink->last_progress && now - *m_sink->last_progress < k_progress_pause) return;
    m_sink->last_progress = now;
    m_sink->logger.info(text);
}

std::string Console::safe(std::string_view text) const {
    // Again: what is removed may have stood in the middle of a secret.
    return m_redaction.clean(harmless_lines(m_redaction.clean(text)));
}

}  // namespace lastgood
