#pragma once

#include "framework/context.hpp"
#include "framework/framework.hpp"
#include "framework/migration_error.hpp"
#include "outside/process.hpp"

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// A framework that is a program of its own. What it did is never read from what it printed: it is asked before and
/// after what is applied, so that a failed run is judged by what it left.
class ProgramFramework : public Framework {
  public:
    /// `program`: how it is started where settings.program does not say it.
    ProgramFramework(const FrameworkContext& context, std::vector<std::string> program);

    void answer_within(std::chrono::milliseconds limit) override { m_limit = limit; }
    MigrateResult migrate(const MigrateOrder& order) override;
    void go_down(const std::vector<std::string>& applied, const Limits& limits) override;

  protected:
    /// One start of the program: what stands behind it on its command line.
    struct Call {
        std::vector<std::string> arguments;
        std::map<std::string, std::string> environment = {};
        std::string input = {};
    };

    /// Migrates the first of `pending`, up to `upto`; "" : everything.
    virtual std::vector<Call> up(const std::vector<std::string>& pending, const std::string& upto) const = 0;
    /// Takes back `undone` (newest first), so that `applied` is left. Failure (3) if that cannot be had.
    virtual std::vector<Call> down(const std::vector<std::string>& undone, const std::vector<std::string>& applied) = 0;
    /// Throws Failure (3) where the program did not even begin: it is not installed, the project is no project.
    virtual void require_begun(const ProcessResult& /*result*/) const {}
    /// The line of its output that says why it failed.
    virtual std::string reason_of(const ProcessResult& result) const;
    /// What a failed run changed though it applied nothing ("Django made its table django_migrations"); "" : nothing.
    virtual std::string changed_besides() { return ""; }

    const FrameworkContext& context() const { return m_context; }
    const std::vector<std::string>& program() const { return m_program; }
    std::vector<std::string> argv(const Call& call) const;
    /// Runs to the end, whatever that is, under `limits`; its output goes to the console.
    ProcessResult run(const Call& call, const Limits& limits) const;
    /// A question: bounded by answer_within(), 2 minutes unless said otherwise.
    ProcessResult ask(const Call& call) const;
    /// As ask(); Failure (3) with the last lines if it fails.
    std::string output(const Call& call) const;

  private:
    MigrationError judge(const ProcessResult& result, const Migrations& before,
                         const std::map<std::string, bool>& whole);

    FrameworkContext m_context;
    std::vector<std::string> m_program;
    std::chrono::milliseconds m_limit{std::chrono::minutes(2)};
};

/// Of the last lines of a program that talks to PostgreSQL: "55P03", "40P01", "57014" or "".
std::string sqlstate_in(const ProcessResult& result);

}  // namespace lastgood
