#pragma once

#include "outside/console.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Arguments;
class Environment;
class Host;

/// What every program takes.
struct CommonOptions {
    std::string pipeline = "lastgood.yaml";
    std::string environment;  ///< "" : the one that the pipeline names
    std::string run_id;       ///< "" : the host's own, or the environment's open run, or made up
    bool dry_run = false;
    bool json = false;
    LogLevel log_level = LogLevel::info;
};

/// Options before variables before what `host` asks for.
CommonOptions common_options_of(const Arguments& arguments, const Environment& environment, const Host& host);

/// The command line that gives a program of ours the same `options`: what a driver hands to its steps.
std::vector<std::string> words_of(const CommonOptions& options);

/// What of it a command needs that a person is told to type: "--pipeline other.yaml". "" if nothing is unusual.
std::string words_to_type(const CommonOptions& options);

}  // namespace lastgood
