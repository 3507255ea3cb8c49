#pragma once

#include "database/sql_statements.hpp"
#include "framework/context.hpp"
#include "framework/framework.hpp"
#include "gate/touched_rows.hpp"

#include <functional>
#include <string>
#include <vector>

namespace lastgood {

class Redaction;

struct HotfixScript {
    std::string name;  ///< as the pipeline names it
    std::string text;
    std::string sha256;
};

/// A script for the live database as something that a guarded run can run: in one transaction, which is committed only
/// if exactly the rows were touched that are expected. What is applied and pending it does not know.
class Hotfix : public Framework {
  public:
    /// `redaction` gets the password of the gate that a shell comes through. `about_to_commit` is told the
    /// transaction's own ids ("first:next", losses.hpp) right before the commit: whoever finds the run killed asks the
    /// server what became of it.
    Hotfix(const FrameworkContext& context, HotfixScript script, Redaction& redaction,
           std::function<void(const std::string& own_transactions)> about_to_commit);

    /// Runs it, and rolls it back. What each statement touched; MigrationError if it fails.
    std::vector<TouchedRows> try_out();
    /// "" or why the rows are not those that are expected.
    std::string objection(const std::vector<TouchedRows>& touched) const;
    /// `UPDATE 3  update orders set total = ? where id in (?, ?)`, a line each.
    static std::vector<std::string> say(const std::vector<TouchedRows>& touched);

    std::string name() const override { return "hotfix"; }
    void answer_within(std::chrono::milliseconds /*limit*/) override {}
    Migrations migrations() override;
    std::vector<Described> describe(const std::vector<std::string>& pending) override;
    GuardSeen guard_seen() override { return {}; }
    bool stepwise() const override { return false; }
    /// Failure (3) with what was touched if it is not what is expected; it is rolled back then.
    MigrateResult migrate(const MigrateOrder& order) override;
    void go_down(const std::vector<std::string>& applied, const Limits& limits) override;

  private:
    enum class End { commit, rollback };
    std::string place(int line) const { return m_script.name + ":" + std::to_string(line); }
    std::vector<SqlStatement> checked() const;
    std::unique_ptr<Session> open(const Limits& limits) const;
    std::vector<TouchedRows> run(const Limits& limits, End end);
    std::vector<TouchedRows> run_sql(const Limits& limits, End end);
    std::vector<TouchedRows> run_shell(const Limits& limits, End end);
    void commit(const std::vector<TouchedRows>& touched, int pid, const std::function<void()>& commit);
    void judge(const std::vector<TouchedRows>& touched) const;

    FrameworkContext m_context;
    HotfixScript m_script;
    Redaction& m_redaction;
    std::function<void(const std::string&)> m_about_to_commit;
    bool m_done = false;
};

}  // namespace lastgood
