#include "check/check_kinds.hpp"
#include "outside/console.hpp"
#include "outside/process.hpp"

namespace lastgood {

namespace {

/// A shell's words for "cannot be executed" and "not found": the check did not run.
constexpr int k_not_executable = 126;
constexpr int k_not_found = 127;

}  // namespace

CheckResult check_command(const CheckSettings& settings, const CheckContext& context) {
    Command command;
    command.argv = std::get<CommandCheck>(settings.what).run;
    command.environment = context.environment;
    command.directory = context.work_tree;
    command.timeout = settings.timeout;
    command.leftover_mark = context.leftover_mark;
    command.keep_output = false;
    command.on_line = [&](OutputStream, std::string_view line) { context.console.relay(line); };
    const auto result = context.processes.run(command);
    const std::string end = command.argv[0] + ": " + result.say_end();
    if (result.ok()) return passed(end);
    const bool answered = !result.timed_out && result.signal == 0 && result.exit_code != k_not_executable &&
                          result.exit_code != k_not_found;
    return answered ? failed(end) : could_not_tell(end);
}

}  // namespace lastgood
