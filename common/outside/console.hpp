#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

class Redaction;
class Environment;
class Failure;

enum class LogLevel { trace, debug, info, warning, error, off };

/// Where we speak. Standard error is for people, standard output for programs (--json) and for answers that were asked
/// for (status, history). Everything passes the redaction. Colour only on a terminal, never with a non-empty NO_COLOR
/// or TERM=dumb. spdlog is known in console.cpp only.
class Console {
  public:
    /// `program` begins every message: "migrate" in "migrate: error: ...".
    Console(std::string program, LogLevel level, const Redaction& redaction, const Environment& environment);
    ~Console();
    Console(const Console&) = delete;
    Console& operator=(const Console&) = delete;

    /// From now on every command of ours that is said gets these words (core/our_commands.hpp).
    void complete_commands(std::string words);
    /// What was said to do, as it would be printed: for an answer or a record that holds a command.
    std::string completed(std::string_view text) const;

    void debug(std::string_view message);
    void info(std::string_view message);     ///< "migrate: message"
    void warning(std::string_view message);  ///< "migrate: warning: message"
    /// A line of a child program, as "  | line".
    void relay(std::string_view line);
    /// The four-part message: "<program>: error: <what>" and the indented lines detail:, changed:, next:. Details of
    /// several lines are indented alike.
    void failure(const Failure& failure);
    /// `text` as it would be printed: redacted, and line by line without what a terminal or a CI runner would obey.
    std::string safe(std::string_view text) const;

    /// A line for the CI runner that reads our standard error, as it stands; "" is none. Of ours, or made harmless.
    void tell_runner(std::string_view line);
    /// Whether standard output and error are two pipes, as a CI runner reads them: a file, a terminal, or a program
    /// that both were sent to would keep, or show, what a runner takes out.
    static bool is_read_by_runner();
    /// Warnings are said in the words that `in_words` finds for them; "" leaves it to us.
    void say_warnings(std::function<std::string(const std::string&)> in_words) { m_in_words = std::move(in_words); }
    /// Colour although standard error is no terminal; NO_COLOR forbids it still.
    void use_colour();
    /// One line on standard output, flushed.
    void answer(std::string_view line);

    /// What is going on, for something that takes long: redrawn on a terminal, elsewhere a line every 5 seconds at
    /// most. `share`, 0 to 1, is drawn as a bar on a terminal.
    void progress(std::string_view message, std::optional<double> share = std::nullopt);
    /// For programs that listen: a JSON record on standard output, if they asked for it.
    void event(std::string_view json);
    void tell_events() { m_tells_events = true; }
    bool tells_events() const { return m_tells_events; }

    LogLevel level() const { return m_level; }

  private:
    struct Sink;

    std::string m_program;
    std::string m_words;  ///< "" : commands are complete as they are
    LogLevel m_level;
    bool m_tells_events = false;
    std::function<std::string(const std::string&)> m_in_words;
    const Redaction& m_redaction;
    std::unique_ptr<Sink> m_sink;
};

}  // namespace lastgood
