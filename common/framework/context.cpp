#include "framework/context.hpp"

namespace lastgood {

Command FrameworkContext::command(std::vector<std::string> argv, const Limits& limits) const {
    Command command;
    command.argv = std::move(argv);
    command.directory = directory;
    command.environment = guarded_environment(secret, limits, server_version, application_name, existing_options);
    command.leftover_mark = leftover_mark;
    if (seclude) seclude(command);
    return command;
}

}  // namespace lastgood
