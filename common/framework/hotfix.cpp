#include "framework/hotfix.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "database/own_transactions.hpp"
#include "database/shown_statement.hpp"
#include "database/statement_rules.hpp"
#include "database/transaction_outcome.hpp"
#include "framework/behind_gate.hpp"
#include "framework/migration_error.hpp"
#include "framework/program_framework.hpp"
#include "gate/gate.hpp"
#include "gate/listener.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"

#include <algorithm>
#include <atomic>

namespace lastgood {

namespace {

using Left = MigrationError::Left;

constexpr std::chrono::seconds k_patience_for_reconnect{15};
/// Beyond migrate.timeout, at which the watch cancels what runs on the server.
constexpr std::chrono::seconds k_grace{10};

/// The backend that a gate's one transaction is in; 0 if no program came.
class NewestBackend : public GateListener {
  public:
    void connected(int pid) override { m_pid = pid; }
    int pid() const { return m_pid; }

  private:
    std::atomic<int> m_pid{0};
};

/// "" for a statement that says of no rows that it touched them.
std::string tag_of(const SqlStatement& statement) {
    for (const std::string verb : {"INSERT", "UPDATE", "DELETE", "MERGE", "COPY"}) {
        if (!statement.words.empty() && statement.words[0] == verb) return verb;
        const bool with = !statement.words.empty() && statement.words[0] == "WITH";
        if (with && std::find(statement.words.begin(), statement.words.end(), verb) != statement.words.end())
            return verb;
    }
    return "";
}

std::uint64_t sum_of(const std::vector<TouchedRows>& touched) {
    std::uint64_t sum = 0;
    for (const auto& each : touched) sum += each.count;
    return sum;
}

std::string listed(const std::vector<std::uint64_t>& counts) {
    std::string text;
    for (const auto count : counts) text += (text.empty() ? "[" : ", ") + std::to_string(count);
    return text.empty() ? "[]" : text + "]";
}

}  // namespace

Hotfix::Hotfix(const FrameworkContext& context, HotfixScript script, Redaction& redaction,
               std::function<void(const std::string& own_transactions)> about_to_commit)
    : m_context(context),
      m_script(std::move(script)),
      m_redaction(redaction),
      m_about_to_commit(std::move(about_to_commit)) {}

std::vector<std::string> Hotfix::say(const std::vector<TouchedRows>& touched) {
    std::vector<std::string> lines;
    for (const auto& each : touched)
        lines.push_back(each.tag + " " + std::to_string(each.count) + "   " + each.statement);
    return lines;
}

std::string Hotfix::objection(const std::vector<TouchedRows>& touched) const {
    const HotfixSettings& expected = m_context.settings.hotfix.value();
    for (const auto& each : touched)
        if (!each.counted) return "how many rows this changes nobody can say: " + each.statement;
    if (!expected.each_statement) {
        const std::uint64_t sum = sum_of(touched);
        if (sum == expected.expect_rows.front()) return "";
        return "it touches " + say_count(sum, "row") + ", " + std::to_string(expected.expect_rows.front()) +
               " expected";
    }
    std::vector<std::uint64_t> counts;
    for (const auto& each : touched) counts.push_back(each.count);
    if (counts == expected.expect_rows) return "";
    return "its statements touch " + listed(counts) + " rows, " + listed(expected.expect_rows) + " expected";
}

void Hotfix::judge(const std::vector<TouchedRows>& touched) const {
    const std::string why = objection(touched);
    if (why.empty()) return;
    Failure failure(ExitCode::refused, "the hotfix was not committed: " + why, "nothing",
                    "correct the script or migrate.hotfix.expect_rows, then: lastgood run");
    throw failure.with_detail(say(touched));
}

Migrations Hotfix::migrations() {
    if (m_done) return {};
    return {{}, {m_script.name}, true};
}

std::vector<Described> Hotfix::describe(const std::vector<std::string>& pending) {
    std::vector<Described> described;
    for (const auto& name : pending) described.push_back({name, m_script.text, true, false});
    return described;
}

std::vector<TouchedRows> Hotfix::try_out() {
    return run(m_context.limits(), End::rollback);
}

MigrateResult Hotfix::migrate(const MigrateOrder& order) {
    for (const auto& line : say(run(order.limits, End::commit))) m_context.console.info(line);
    m_done = true;
    MigrateResult result;
    result.done = {m_script.name};
    return result;
}

std::vector<SqlStatement> Hotfix::checked() const {
    const auto refused = [&](int line, const std::string& what, const std::string& next) {
        return Failure(ExitCode::refused, place(line) + ": " + what, "nothing", next);
    };
    std::vector<SqlStatement> statements;
    try {
        statements = split_statements(m_script.text);
    } catch (const ScriptError& error) {
        throw refused(error.line(), error.what(), "correct the script, then: lastgood run");
    }
    for (const auto& statement : statements) {
        if (controls_transactions(statement))
            throw refused(statement.line, statement.words[0] + " would break the one transaction of a hotfix",
                          "take it out, then: lastgood run");
        // Taken back with a savepoint or run under another name, rows could not be told.
        const std::string& verb = statement.words.empty() ? "" : statement.words[0];
        if (hides_changed_rows(statement) || verb == "EXECUTE" || verb == "ROLLBACK")
            throw refused(
                statement.line,
                "how many rows " + (verb == "WITH" ? "a WITH that writes" : verb) + " changes cannot be counted",
                "write INSERT, UPDATE or DELETE themselves, or make it a migration");
        if (needs_no_transaction(statement))
            throw refused(statement.line, statement.words[0] + " in this form cannot run inside a transaction",
                          "make it a migration of its own, which needs none");
    }
    return statements;
}

std::unique_ptr<Session> Hotfix::open(const Limits& limits) const {
    return std::make_unique<Session>(guarded_url(m_context.url, limits, m_context.server_version),
                                     m_context.application_name, m_context.interruption);
}

std::vector<TouchedRows> Hotfix::run(const Limits& limits, End end) {
    return m_context.settings.hotfix->shell.empty() ? run_sql(limits, end) : run_shell(limits, end);
}

std::vector<TouchedRows> Hotfix::run_sql(const Limits& limits, End end) {
    const auto statements = checked();
    const auto session = open(limits);
    std::vector<TouchedRows> touched;
    int line = 1;
    try {
        Transaction transaction(*session);
        for (const auto& statement : statements) {
            line = statement.line;
            const auto rows = session->query(statement.text);
            const std::string tag = tag_of(statement);
            if (!tag.empty())
                touched.push_back({tag, static_cast<std::uint64_t>(rows.affected()), shown_statement(statement.text)});
        }
        session->execute("set constraints all immediate");
        if (end == End::commit) commit(touched, session->backend_pid(), [&] { transaction.commit(); });
    } catch (const DatabaseError& error) {
        throw MigrationError(m_script.name, place(line) + ": " + error.primary(), error.what(), error.sqlstate(),
                             Left::nothing);
    }
    return touched;
}

/// Whatever the shell does, it does in one transaction of the gate's.
std::vector<TouchedRows> Hotfix::run_shell(const Limits& limits, End end) {
    const HotfixSettings& settings = *m_context.settings.hotfix;
    NewestBackend backend;
    Gate gate({.target = guarded_url(m_context.url, limits, m_context.server_version),
               .application_name = m_context.application_name,
               .one_transaction = true},
              backend, m_context.interruption);
    m_redaction.add(gate.password().reveal());
    const bool isolated = keeps_off_the_network(m_context.processes, m_context.console, settings.unisolated,
                                                "the hotfix's shell", "migrate.hotfix.unisolated");
    const FrameworkContext inside = behind_gate(m_context, gate, isolated);
    Command command = inside.command(settings.shell, limits);
    command.input = m_script.text;
    command.keep = KeptOutput::end();
    command.judged = true;
    command.on_line = [this](OutputStream, std::string_view line) { m_context.console.relay(line); };
    if (m_context.settings.timeout.count() > 0) command.timeout = m_context.settings.timeout + k_grace;
    const ProcessResult result = m_context.processes.run(command);
    gate.close();
    if (!result.ok())
        throw MigrationError(m_script.name, say_command(command.argv) + ": " + result.say_end(), result.tail(),
                             sqlstate_in(result), Left::nothing);
    // Whatever it did then, it did not do it where we could see and stop it.
    if (backend.pid() == 0)
        throw Failure(isolated ? ExitCode::refused : ExitCode::in_doubt,
                      "the shell never came to the database that it was given", isolated ? "nothing" : "not known",
                      "let the application's settings read the variable that database.url names");
    const auto touched = gate.rows();
    if (end == End::commit) commit(touched, backend.pid(), [&] { gate.commit(); });
    return touched;
}

/// Only what is expected, and only once it is noted whose transaction it was.
void Hotfix::commit(const std::vector<TouchedRows>& touched, int pid, const std::function<void()>& commit) {
    judge(touched);
    const auto own = pid == 0 ? std::nullopt : own_transactions_of(*open(m_context.limits()), pid);
    if (own) m_about_to_commit(*own);
    try {
        commit();
    } catch (const Failure& failure) {
        if (failure.code() != ExitCode::in_doubt || !own) throw;
        const auto committed = was_committed(
            own->substr(0, own->find(':')), [this] { return open(m_context.limits()); }, k_patience_for_reconnect,
            m_context.interruption);
        if (!committed)
            throw MigrationError(m_script.name, failure.what_happened(), failure.detail(), "", Left::not_known);
        if (!*committed)
            throw MigrationError(m_script.name, "the connection was lost in its commit, which did not happen", "", "",
                                 Left::nothing);
    }
}

void Hotfix::go_down(const std::vector<std::string>& /*applied*/, const Limits& /*limits*/) {
    throw Failure(ExitCode::refused, "a hotfix has no way down", "nothing",
                  "lastgood rollback --strategy restore   returns to the restore point");
}

}  // namespace lastgood
