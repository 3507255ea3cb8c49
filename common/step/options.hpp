#pragma once

#include "outside/console.hpp"

#include <functional>
#include <string>

namespace CLI {
class App;
}

namespace lastgood {

/// What every program takes.
struct CommonOptions {
    std::string pipeline = "lastgood.yaml";
    std::string run_id;  ///< "" : the CI's own, or the environment's open run, or made up
    bool dry_run = false;
    bool json = false;
    LogLevel log_level = LogLevel::info;
};

/// A program as --help and messages know it.
struct ProgramText {
    std::string executable;  ///< "lastgood-migrate"
    std::string speaker;     ///< "migrate": begins its messages
    std::string manual;      ///< help.md
};

/// What parsing came to: go on, or stop with this exit status (--help, --version, a usage error already printed).
struct Parsed {
    bool go_on = false;
    int status = 0;
};

/// Parses argv. `add` adds the program's own options and subcommands. --help prints the manual, the options and the
/// EXIT STATUS section.
Parsed parse_options(int argc, char** argv, const ProgramText& text, CommonOptions& options,
                     const std::function<void(CLI::App&)>& add = {});

/// The options that every program takes, added to a subcommand too.
void add_common_options(CLI::App& app, CommonOptions& options);

/// --again REVISION: run a revision although its tree was rolled back.
void add_option_again(CLI::App& app, std::string& again);
/// --confirm ENVIRONMENT: for what throws data away.
void add_option_confirm(CLI::App& app, std::string& confirm);

}  // namespace lastgood
