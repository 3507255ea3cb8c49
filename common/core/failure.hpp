#pragma once

#include "core/exit_code.hpp"

#include <stdexcept>
#include <string>
#include <vector>

namespace lastgood {

/// What a failure did to the world, for the `changed:` line of its message.
enum class Changed { nothing, something, unknown };

/// The one way a step stops. It answers the three questions of three in the morning: what happened, what was changed,
/// and which command comes next. Thrown anywhere, caught once, in step/program.cpp (and where two failures must be
/// joined).
///
/// Grammar: `what` is lower-case, one line, no full stop. `changed` is a short phrase ("nothing", "schema at 0041;
/// restore point rp-7f3a is intact and proven"). `next` is a command, with an explanation behind two or more spaces
/// where one helps; it is never empty.
class Failure : public std::runtime_error {
  public:
    /// Throws std::logic_error if `what` or `next` is empty.
    Failure(ExitCode code, const std::string& what, std::string changed, std::string next);

    /// With further lines for `detail:`. Returns *this so that it can be thrown in one expression.
    Failure& with_detail(std::string detail);
    Failure& with_detail(const std::vector<std::string>& lines);
    Failure& with_changed(std::string changed);
    Failure& with_code(ExitCode code);
    Failure& with_next(std::string next);

    ExitCode code() const { return m_code; }
    std::string what_happened() const { return what(); }
    const std::string& detail() const { return m_detail; }
    const std::string& changed() const { return m_changed; }
    const std::string& next() const { return m_next; }

  private:
    ExitCode m_code;
    std::string m_changed;
    std::string m_next;
    std::string m_detail;
};

/// A signal ended the work: thrown out of a wait, a query or a child once what ran on the server has been cancelled.
class Interrupted : public std::runtime_error {
  public:
    explicit Interrupted(int signal);
    int signal() const { return m_signal; }
    /// 128 + signal, as a shell reports it.
    int exit_status() const { return 128 + m_signal; }

  private:
    int m_signal;
};

}  // namespace lastgood
