#pragma once

#include "pipeline/pipeline.hpp"

#include <chrono>
#include <string>

namespace lastgood {

class Console;
class Databases;
class Interruption;
class Processes;

/// How long a stop command may take.
constexpr std::chrono::minutes k_stop_limit{5};

/// The server of the pipeline's database as a whole: stopped and started by the pipeline's own commands, and looked at
/// by connecting to it.
class ClusterServer {
  public:
    enum class State { stopped, stopping, recovering, up };

    ClusterServer(const PgBackRestSettings& settings, const Databases& databases, Console& console,
                  Processes& processes, Interruption& interruption)
        : m_settings(settings),
          m_databases(databases),
          m_console(console),
          m_processes(processes),
          m_interruption(interruption) {}

    /// Who cannot be reached counts as stopped.
    State look() const;
    /// Returns when it does not answer any more. Failure (5).
    void stop() const;
    /// Returns when it is ready and not recovering any more. Failure (5), or (6) if it is recovering still when the
    /// settings' timeout is over; `what` and `changed` are for its words.
    void start(const std::string& what, const char* changed) const;
    void wait_until_ready() const;
    /// While it is shutting down, as long as a stop may take.
    void wait_while_stopping() const;

  private:
    /// `leftover_mark`: "" for what starts the server, which outlives us.
    void run(const Argv& argv, const std::string& what, const char* changed, std::chrono::milliseconds limit,
             const std::string& leftover_mark) const;

    const PgBackRestSettings& m_settings;
    const Databases& m_databases;
    Console& m_console;
    Processes& m_processes;
    Interruption& m_interruption;
};

}  // namespace lastgood
