#include "framework/program_framework.hpp"

#include "core/failure.hpp"
#include "outside/console.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

namespace lastgood {

namespace {

/// Beyond migrate.timeout, at which the watch cancels what runs on the server: the program can then say so itself.
constexpr std::chrono::seconds k_grace{10};

/// A migrator may say whatever it likes, for as long as it runs.
constexpr std::size_t k_kept_of_a_run = 1UL << 20U;
constexpr std::size_t k_longest_answer = 64UL << 20U;

bool among(const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

std::vector<std::string> without(const std::vector<std::string>& names, const std::vector<std::string>& others) {
    std::vector<std::string> rest;
    std::copy_if(names.begin(), names.end(), std::back_inserter(rest),
                 [&](const auto& name) { return !among(others, name); });
    return rest;
}

}  // namespace

std::string sqlstate_in(const ProcessResult& result) {
    const std::string text =
        result.out.substr(result.out.size() - std::min<std::size_t>(result.out.size(), 65536)) + result.err;
    const auto says = [&](const char* words) { return text.find(words) != std::string::npos; };
    if (says("due to lock timeout") || says("LockNotAvailable") || says(k_lock_not_available))
        return k_lock_not_available;
    if (says("deadlock detected") || says("DeadlockDetected") || says(k_deadlock_detected)) return k_deadlock_detected;
    if (says("canceling statement due to") || says("QueryCanceled")) return k_query_canceled;
    return "";
}

ProgramFramework::ProgramFramework(const FrameworkContext& context, std::vector<std::string> program)
    : m_context(context), m_program(context.settings.program.empty() ? std::move(program) : context.settings.program) {}

std::vector<std::string> ProgramFramework::argv(const Call& call) const {
    std::vector<std::string> argv = call.instead.empty() ? m_program : call.instead;
    argv.insert(argv.end(), call.arguments.begin(), call.arguments.end());
    return argv;
}

void ProgramFramework::require_installed(const std::string& install) const {
    const std::string& first = m_program.front();
    const bool is_path = first.find('/') != std::string::npos;
    if (is_path ? std::filesystem::exists(m_context.directory / first) : !m_context.processes.find(first).empty())
        return;  // an absolute path stays itself
    throw Failure(ExitCode::refused, "there is no program \"" + first + "\" in " + (is_path ? m_context.place : "PATH"),
                  "nothing", install + ", or set migrate.program to the way it is started");
}

Session ProgramFramework::session() const {
    return {guarded_url(m_context.url, {m_context.settings.lock_timeout, m_limit}, m_context.server_version),
            m_context.application_name, m_context.interruption};
}

bool ProgramFramework::has_table(const std::string& name) const {
    return session().value("select pg_catalog.to_regclass($1)::text", {name}).has_value();
}

Command ProgramFramework::command(const Call& call, const Limits& limits) const {
    Command command = m_context.command(argv(call), limits);
    command.environment.insert(call.environment.begin(), call.environment.end());
    command.input = call.input;
    lead_to_database(command, limits);
    command.judged = true;
    return command;
}

ProcessResult ProgramFramework::run(const Call& call, const Limits& limits) const {
    Command command = this->command(call, limits);
    command.keep = KeptOutput::end(k_kept_of_a_run);
    command.on_line = [this](OutputStream, std::string_view line) { m_context.console.relay(line); };
    if (m_context.settings.timeout.count() > 0) command.timeout = m_context.settings.timeout + k_grace;
    const auto& elsewhere = m_context.elsewhere;
    if (elsewhere.send) elsewhere.send(command);
    ProcessResult result = m_context.processes.run(command);
    if (elsewhere.is_lost && elsewhere.is_lost(result)) result.exit_code = -1;
    // Both streams of what ran there come as one; the other is the messenger's.
    if (elsewhere.send) result.err = result.out;
    if (!result.ok()) require_begun(result);
    return result;
}

ProcessResult ProgramFramework::ask(const Call& call) const {
    Command command = this->command(call, m_context.limits());
    command.keep = KeptOutput::all(k_longest_answer);
    command.timeout = m_limit;
    ProcessResult result = m_context.processes.run(command);
    if (!result.ok()) require_begun(result);
    return result;
}

std::string ProgramFramework::output(const Call& call) const {
    const ProcessResult result = ask(call);
    if (result.ok()) return result.out;
    Call shown = call;
    shown.arguments.resize(std::min<std::size_t>(call.arguments.size(), 1));
    const std::string said = say_command(argv(shown));
    throw Failure(ExitCode::refused, said + " failed in " + m_context.place + ": " + result.say_end(), "nothing",
                  said + "   in " + m_context.place + " says the same: correct it there")
        .with_detail(result.tail());
}

std::string ProgramFramework::reason_of(const ProcessResult& result) const {
    std::istringstream lines(result.err.empty() ? result.out : result.err);
    std::string reason;
    for (std::string line; std::getline(lines, line);)
        if (line.find_first_not_of(" \t\r") != std::string::npos) reason = line;
    return reason.empty() ? result.say_end() : reason;
}

MigrateResult ProgramFramework::migrate(const MigrateOrder& order) {
    const Migrations& before = order.before;
    std::map<std::string, bool> whole;
    for (const auto& migration : describe(before.pending))
        whole[migration.name] = migration.one_transaction.value_or(true);
    for (const Call& call : up(before.pending, order.upto)) {
        const ProcessResult ended = run(call, order.limits);
        if (!ended.ok()) throw judge(ended, before, whole);
    }
    MigrateResult result;
    result.after = migrations();
    result.done = before.pending_known ? without(before.pending, result.after->pending)
                                       : without(result.after->applied, before.applied);
    return result;
}

std::vector<std::string> ProgramFramework::newest_first(std::vector<std::string> applied) const {
    std::reverse(applied.begin(), applied.end());
    return applied;
}

void ProgramFramework::go_down(const std::vector<std::string>& applied, const Limits& limits) {
    const Migrations before = migrations();
    const std::vector<std::string> undone = newest_first(without(before.applied, applied));
    if (undone.empty()) return;
    for (const Call& call : down(undone, applied)) {
        const ProcessResult result = run(call, limits);
        if (result.ok()) continue;
        const bool lost = result.exit_code < 0 || result.timed_out;
        throw MigrationError(undone.front(), lost ? result.say_end() : reason_of(result), result.tail(),
                             sqlstate_in(result),
                             lost ? MigrationError::Left::not_known : MigrationError::Left::nothing)
            .with_done(without(undone, migrations().applied))
            .with_changed("some of " + undone.back() + " to " + undone.front() + " may be taken back");
    }
    const auto left = without(migrations().applied, applied);
    if (!left.empty())
        throw MigrationError(left.back(), "it is still applied, although the way down succeeded", "", "",
                             MigrationError::Left::half_way);
}

MigrationError ProgramFramework::judge(const ProcessResult& result, const Migrations& before,
                                       const std::map<std::string, bool>& whole) {
    using Left = MigrationError::Left;
    const bool lost = result.exit_code < 0 || result.timed_out;
    const std::string reason = lost ? result.say_end() : reason_of(result);
    Migrations after;
    try {
        after = migrations();
    } catch (const Failure& failure) {
        return {"", reason + "; and what it applied cannot be asked", failure.what_happened() + "\n" + failure.detail(),
                "", Left::not_known};
    }
    std::string failed = stopped_at(result);
    if (!among(after.pending, failed)) failed = after.pending.empty() ? "" : after.pending.front();
    const auto rolled_back = whole.find(failed);
    // Where nothing is said of what failed, nothing can be promised of it.
    const bool is_whole = rolled_back != whole.end() && rolled_back->second && rolls_back(result);
    MigrationError error(failed, reason, result.tail(), sqlstate_in(result),
                         lost       ? Left::not_known
                         : is_whole ? Left::nothing
                                    : Left::half_way);
    error.with_done(before.pending_known ? without(before.pending, after.pending)
                                         : without(after.applied, before.applied));
    if (!lost && is_whole && error.done().empty()) error.with_changed(changed_besides());
    return error;
}

}  // namespace lastgood
