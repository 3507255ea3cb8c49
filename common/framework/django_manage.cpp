#include "framework/django_manage.hpp"

#include "core/failure.hpp"
#include "outside/console.hpp"
#include "pipeline/pipeline.hpp"

#include <sstream>

namespace lastgood {

namespace {

bool django_missing(const std::string& err) {
    return err.find("No module named 'django'") != std::string::npos ||
           err.find("Couldn't import Django") != std::string::npos;
}

void refuse_without_manage(const FrameworkContext& context) {
    for (const auto& argument : context.settings.manage) {
        if (!argument.ends_with(".py")) continue;
        const auto path = context.directory / argument;  // an absolute argument stays itself
        if (std::filesystem::exists(path)) return;
        throw Failure(
            ExitCode::refused, "there is no " + argument + " in " + context.place, "nothing",
            "set migrate.directory to the directory of manage.py, or migrate.manage to the way it is started");
    }
}

}  // namespace

DjangoManage::DjangoManage(const FrameworkContext& context) : m_context(context) {}

ProcessResult DjangoManage::run(const std::vector<std::string>& arguments, bool relay) const {
    refuse_without_manage(m_context);
    Command command;
    command.argv = m_context.settings.manage;
    command.argv.insert(command.argv.end(), arguments.begin(), arguments.end());
    command.environment = m_context.environment;
    command.environment["PYTHONDONTWRITEBYTECODE"] = "1";
    command.directory = m_context.directory;
    command.leftover_mark = m_context.leftover_mark;
    if (relay) {
        command.on_line = [this](OutputStream, std::string_view line) { m_context.console.relay(line); };
        if (m_context.settings.timeout.count() > 0) command.timeout = m_context.settings.timeout;
    } else {
        command.timeout = m_limit;
    }
    auto result = m_context.processes.run(command);
    if (!result.ok() && django_missing(result.err)) {
        throw Failure(
            ExitCode::refused, "Django cannot be imported by " + say_command(m_context.settings.manage), "nothing",
            "install it in the work tree: steps: migrate: prepare: [pip, install, -r, requirements.txt], or set "
            "migrate.manage to the Python that has it")
            .with_detail(result.tail());
    }
    return result;
}

std::string DjangoManage::output(const std::vector<std::string>& arguments) const {
    const auto result = run(arguments);
    if (result.ok()) return result.out;
    auto argv = m_context.settings.manage;
    argv.insert(argv.end(), arguments.begin(), arguments.begin() + 1);
    throw Failure(ExitCode::refused, say_command(argv) + " failed: " + result.say_end(), "nothing",
                  say_command(argv) + "   in " + m_context.place + " says the same: correct it there")
        .with_detail(result.tail());
}

std::string DjangoManage::ask(const std::string& python) const {
    std::istringstream lines(output({"shell", "--no-color", "-c", python}));
    const std::string marker = k_answer;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with(marker)) return line.substr(marker.size());
    }
    return "";
}

}  // namespace lastgood
