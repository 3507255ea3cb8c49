#include "framework/context.hpp"

namespace lastgood {

FrameworkContext FrameworkContext::with_variable() const {
    FrameworkContext named = *this;
    if (named.secret.variable.empty()) named.secret.variable = "LASTGOOD_DATABASE_URL";
    return named;
}

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
