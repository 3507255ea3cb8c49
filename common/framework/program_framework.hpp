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
        std::vector<std::string> instead = {};  ///< of program(): what asks where the program itself cannot be asked
    };

    /// Migrates the first of `pending`, up to `upto`; "" : everything.
    virtual std::vector<Call> up(const std::vector<std::string>& pending, const std::string& upto) const = 0;
    /// Takes back `undone` (newest first), so that `applied` is left. Failure (3) if that cannot be had.
    virtual std::vector<Call> down(const std::vector<std::string>& undone, const std::vector<std::string>& applied) = 0;
    /// Throws Failure (3) where the program did not even begin: it is not installed, the project is no project.
    virtual void require_begun(const ProcessResult& /*result*/) const {}
    /// The line of its output that says why it failed.
    virtual std::string reason_of(const ProcessResult& result) const;
    /// How the program finds the database, where the guard's environment does not say it yet.
    virtual void lead_to_database(Command& /*command*/, const Limits& /*limits*/) const {}
    /// "applied" in the order in which they are taken back.
    virtual std::vector<std::string> newest_first(std::vector<std::string> applied) const;
    /// The migration at which a failed run stopped, of those that it left pending; "" if it says nothing of it: then it
    /// is the first.
    virtual std::string stopped_at(const ProcessResult& /*result*/) const { return ""; }
    /// Is what failed rolled back as a whole where describe() says it is one transaction?
    virtual bool rolls_back(const ProcessResult& /*result*/) const { return true; }
    /// What a failed run changed though it applied nothing ("Django made its table django_migrations"); "" : nothing.
    virtual std::string changed_besides() { return ""; }

    const FrameworkContext& context() const { return m_context; }
    const std::vector<std::string>& program() const { return m_program; }
    /// Failure (3) that says `install` if there is no such program.
    void require_installed(const std::string& install) const;
    /// A connection of our own, for reading; bounded by answer_within().
    Session session() const;
    /// Is there such a table, seen through the search path?
    bool has_table(const std::string& name) const;
    std::vector<std::string> argv(const Call& call) const;
    /// Runs to the end, whatever that is, under `limits`; its output goes to the console, and only the last 1 MiB of it
    /// is kept.
    ProcessResult run(const Call& call, const Limits& limits) const;
    /// A question: bounded by answer_within(), 2 minutes unless said otherwise. Failure (3) if the answer has more than
    /// 64 MiB.
    ProcessResult ask(const Call& call) const;
    /// As ask(); Failure (3) with the last lines if it fails.
    std::string output(const Call& call) const;

  private:
    Command command(const Call& call, const Limits& limits) const;
    MigrationError judge(const ProcessResult& result, const Migrations& before,
                         const std::map<std::string, bool>& whole);

    FrameworkContext m_context;
    std::vector<std::string> m_program;
    std::chrono::milliseconds m_limit{std::chrono::minutes(2)};
};

/// Of the last lines of a program that talks to PostgreSQL: "55P03", "40P01", "57014" or "".
std::string sqlstate_in(const ProcessResult& result);

}  // namespace lastgood
