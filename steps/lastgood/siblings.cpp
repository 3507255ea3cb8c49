#include "steps/lastgood/siblings.hpp"

#include "command_line/table.hpp"
#include "core/failure.hpp"
#include "core/version.hpp"
#include "outside/process.hpp"
#include "step/options.hpp"

#include <algorithm>
#include <iostream>
#include <unistd.h>

namespace lastgood {

namespace {

std::filesystem::path own_directory() {
    return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

}  // namespace

bool is_step(const std::string& word) {
    return std::find(step_names().begin(), step_names().end(), word) != step_names().end();
}

int become(const std::string& step, char** argv) {
    const std::string program = own_directory() / ("lastgood-" + step);
    execv(program.c_str(), argv);
    std::cerr << "lastgood: error: " << program
              << " cannot be started\n  changed: nothing\n  next: install all lastgood programs into one directory\n";
    return status_of(ExitCode::usage);
}

Siblings::Siblings(Processes& processes) : m_processes(processes), m_directory(own_directory()) {}

std::filesystem::path Siblings::path_of(const std::string& step) const {
    return m_directory / ("lastgood-" + step);
}

void Siblings::require(const std::vector<std::string>& steps) const {
    for (const auto& step : steps) {
        const auto program = path_of(step);
        if (!std::filesystem::exists(program))
            throw Failure(ExitCode::usage, program.string() + " is missing", "nothing",
                          "install all lastgood programs into one directory");
        Command command;
        command.argv = {program, "--version"};
        const ProcessResult result = m_processes.run(command);
        if (result.out.find(std::string(" ") + k_version) == std::string::npos)
            throw Failure(ExitCode::usage, program.string() + " is of another version than this lastgood " + k_version,
                          "nothing", "install lastgood programs of one version");
    }
}

int Siblings::run(const std::string& step, const std::string& run, const CommonOptions& options,
                  const std::vector<std::string>& more) const {
    Command command;
    command.argv = {path_of(step), "--run-id", run};
    const auto words = words_of(options);
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.argv.insert(command.argv.end(), more.begin(), more.end());
    command.environment = {{"LASTGOOD_DRIVER", run}};
    command.keep = KeptOutput::end();
    command.speaks_for_us = true;
    command.on_line = [](OutputStream stream, std::string_view line) {
        std::ostream& to = stream == OutputStream::out ? std::cout : std::cerr;
        to << line << std::endl;
    };
    const ProcessResult result = m_processes.run(command);
    return result.exit_code < 0 ? status_of(ExitCode::in_doubt) : result.exit_code;
}

}  // namespace lastgood
