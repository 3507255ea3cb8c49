#pragma once

#include "outside/isolation.hpp"

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class Filter;
class Interruption;
class Redaction;
class Environment;

enum class OutputStream { out, err };

/// How much of a child's standard output is kept.
struct KeptOutput {
    std::size_t most = std::numeric_limits<std::size_t>::max();
    bool end_only = false;

    /// All of it. A child that says more than `most` octets is ended, and run() throws Failure (3).
    static constexpr KeptOutput all(std::size_t most) { return {most, false}; }
    /// The last `most` octets, of each line no more than k_longest_kept_line.
    static constexpr KeptOutput end(std::size_t most = 64UL << 10U) { return {most, true}; }
};

struct Command {
    std::vector<std::string> argv;                     ///< argv[0] is looked up in PATH unless it has a '/'
    std::map<std::string, std::string> environment;    ///< set on top of ours; secrets go here, never into argv
    std::set<std::string> without;                     ///< variables of ours that the child must not see
    std::optional<std::set<std::string>> only;         ///< of ours it sees these alone, and of them none in `without`
    std::optional<Isolation> isolation;                ///< the child reaches nothing but one port of its loopback
    std::filesystem::path directory;                   ///< "" is ours
    std::string input;                                 ///< the child's standard input; empty is /dev/null
    std::optional<std::chrono::milliseconds> timeout;  ///< then the group gets SIGTERM, and SIGKILL 3 s later
    /// Called for each line (without newline, already redacted, ESC and CR and "##[" made harmless), as it comes.
    std::function<void(OutputStream, std::string_view)> on_line;
    /// A program of ours: it has made harmless what it repeats, and may itself speak to a terminal or a CI runner.
    bool speaks_for_us = false;
    KeptOutput keep;  ///< in ProcessResult::out; all of it, however much it is, where nothing is said
    /// The answer may hold a secret that is wanted: ProcessResult::out is as it came, and nobody may show any of it.
    bool unredacted = false;
    /// Work of ours that a later program may end when we are gone: marked with LASTGOOD_CHILD=<this>. Not for deploys.
    std::string leftover_mark;
    /// Its failure decides over a release. A host that cancels a job ends the children first, and a child of children
    /// makes an exit status of its own of that: our own signal is waited for before it counts, whatever the status.
    bool judged = false;
};

struct ProcessResult {
    int exit_code = -1;  ///< -1 if it ended by a signal
    int signal = 0;
    bool timed_out = false;
    std::string out;  ///< redacted, unless that was not wanted
    std::string err;  ///< of standard error KeptOutput::end(), redacted
    std::chrono::milliseconds took{0};
    bool ok() const { return exit_code == 0; }
    /// "exit status 3", "killed by SIGTERM", "timed out after 5 s".
    std::string say_end() const;
    /// The last `lines` lines of err, or of out if err is empty; none longer than k_longest_kept_line.
    std::string tail(int lines = 5) const;
};

/// Starts programs. Each runs in a process group of its own, dies with us (PR_SET_PDEATHSIG: so call run() from a
/// thread that lives as long as the child), gets no standard input but `input`, and inherits no descriptor but 0, 1
/// and 2.
class Processes {
  public:
    Processes(Interruption& interruption, const Redaction& redaction, const Environment& environment);

    /// Runs to the end. A signal of ours ends the group (SIGTERM, after 3 s SIGKILL) and throws Interrupted. A child
    /// that ended by SIGINT, SIGTERM or SIGHUP, or is judged, may have got it before us: 1500 ms we wait for our own
    /// before it counts as failed. Throws Failure (exit code 2, `next` says what to install) if the program cannot be
    /// started, Failure (3) if it cannot be isolated, or says more than is to be kept.
    ProcessResult run(const Command& command);

    /// Starts a program that turns one stream into another; `input`, `timeout` and `on_line` are not looked at. Failure
    /// (2) if it cannot be started.
    std::unique_ptr<Filter> filter(const Command& command);

    /// The full path that argv[0] would run, or "".
    std::string find(const std::string& program) const;

    /// Why no child can be isolated here ("it gets no network of its own: Operation not permitted"), "" if one can.
    /// Tried once, by a child that isolates itself and ends.
    std::string why_no_isolation() const;

  private:
    Interruption& m_interruption;
    const Redaction& m_redaction;
    const Environment& m_environment;
    mutable std::once_flag m_isolation_tried;
    mutable std::string m_why_no_isolation;
};

/// Ends processes of this user on this machine that carry LASTGOOD_CHILD=<mark> in their environment: what a killed
/// program left behind. SIGTERM, SIGKILL after `grace`; returns how many there were once all are gone.
int end_leftover_processes(const std::string& mark, std::chrono::milliseconds grace);

/// "pg_dump -Fd --file=/x 'two words'": for people and logs.
std::string say_command(const std::vector<std::string>& argv);

}  // namespace lastgood
