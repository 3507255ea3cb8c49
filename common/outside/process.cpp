#include "outside/process.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "outside/child_output.hpp"
#include "outside/child_start.hpp"
#include "outside/child_watch.hpp"
#include "outside/environment.hpp"
#include "outside/filter.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <system_error>
#include <unistd.h>

namespace lastgood {

namespace {

/// How long our own copy of a signal that ended a child may take: GitLab's runner looks once in a second whether one
/// process of a container has gone before it signals the next.
constexpr std::chrono::milliseconds k_shared_signal{1500};

std::string find_in(const std::string& path, const std::string& program) {
    if (program.find('/') != std::string::npos) return ::access(program.c_str(), X_OK) == 0 ? program : "";
    std::string_view rest = path;
    while (!program.empty() && !rest.empty()) {
        const auto end = std::min(rest.find(':'), rest.size());
        const std::filesystem::path directory(end == 0 ? "." : rest.substr(0, end));
        const auto candidate = std::filesystem::absolute(directory / program);
        std::error_code error;
        const bool is_file = std::filesystem::is_regular_file(candidate, error);
        if (is_file && ::access(candidate.c_str(), X_OK) == 0) return candidate.string();
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return {};
}

std::string path_in(const std::map<std::string, std::string>& environment) {
    const auto path = environment.find("PATH");
    return path == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : path->second;
}

std::map<std::string, std::string> environment_of(const Command& command, const Environment& ours) {
    std::map<std::string, std::string> variables = ours.all();
    if (command.only) std::erase_if(variables, [&](const auto& entry) { return !command.only->contains(entry.first); });
    for (const auto& name : command.without) variables.erase(name);
    for (const auto& [name, value] : command.environment) variables[name] = value;
    if (!command.leftover_mark.empty()) variables["LASTGOOD_CHILD"] = command.leftover_mark;
    return variables;
}

ChildPlan plan_of(const Command& command, const Environment& ours) {
    if (command.argv.empty()) throw std::logic_error("a command without a program");
    ChildPlan plan;
    plan.argv = command.argv;
    plan.environment = environment_of(command, ours);
    plan.directory = command.directory.string();
    plan.with_input = !command.input.empty();
    if (command.isolation) plan.isolated_with_port = command.isolation->port;
    const std::string& program = command.argv.front();
    const bool has_path = program.find('/') != std::string::npos;
    // A path is the child's, looked at from its directory.
    plan.path = has_path ? program : find_in(path_in(plan.environment), program);
    if (plan.path.empty()) {
        throw Failure(ExitCode::usage, "cannot start \"" + program + "\": not found in PATH", "nothing",
                      "install " + program + ", or put its directory into PATH, then run this again");
    }
    return plan;
}

bool may_be_shared(const ProcessResult& result, bool judged) {
    if (result.ok() || result.timed_out) return false;
    const int signal = result.signal != 0 ? result.signal : result.exit_code - 128;
    return judged || signal == SIGINT || signal == SIGTERM || signal == SIGHUP;
}

}  // namespace

Processes::Processes(Interruption& interruption, const Redaction& redaction, const Environment& environment)
    : m_interruption(interruption), m_redaction(redaction), m_environment(environment) {}

ProcessResult Processes::run(const Command& command) {
    m_interruption.check();
    const ChildPlan plan = plan_of(command, m_environment);
    const auto listener = [&command](OutputStream stream) -> ChildOutput::Listener {
        if (!command.on_line) return {};
        return [&command, stream](std::string_view line) { command.on_line(stream, line); };
    };
    ChildOutput out(m_redaction, command.keep, listener(OutputStream::out), command.speaks_for_us);
    ChildOutput err(m_redaction, KeptOutput::end(), listener(OutputStream::err), command.speaks_for_us);

    const auto begin = std::chrono::steady_clock::now();
    Child child = start_child(plan);
    Descriptor port = std::move(child.listener);
    ChildWatch watch(std::move(child), command.input, command.timeout);
    if (command.isolation) command.isolation->take_listener(std::move(port));
    {
        const Interruption::Registration registration(m_interruption, [&watch] { watch.cancel(); });
        watch.run(out, err);
    }
    ProcessResult result = watch.result();
    result.took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begin);
    result.out = command.unredacted ? out.unredacted() : out.text();
    result.err = err.text();
    if (watch.cancelled()) throw Interrupted(m_interruption.requested());
    if (out.is_too_much())
        throw Failure(ExitCode::refused,
                      "\"" + command.argv.front() + "\" was ended: it printed more than " + say_size(command.keep.most),
                      "nothing", "let it print no more than what it is asked for, then run this again");
    if (may_be_shared(result, command.judged)) m_interruption.wait(k_shared_signal);
    return result;
}

std::unique_ptr<Filter> Processes::filter(const Command& command) {
    m_interruption.check();
    ChildPlan plan = plan_of(command, m_environment);
    plan.with_input = true;
    Child child = start_child(plan);
    Descriptor port = std::move(child.listener);
    auto filter = std::make_unique<Filter>(m_interruption, std::move(child));
    if (command.isolation) command.isolation->take_listener(std::move(port));
    return filter;
}

std::string Processes::find(const std::string& program) const {
    return find_in(path_in(m_environment.all()), program);
}

std::string Processes::why_no_isolation() const {
    std::call_once(m_isolation_tried, [this] { m_why_no_isolation = try_isolation(); });
    return m_why_no_isolation;
}

}  // namespace lastgood
