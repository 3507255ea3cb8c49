#pragma once

#include "framework/guard.hpp"
#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace lastgood {

class Console;
class Interruption;

/// A place where the migrator runs that is not this machine; its questions are asked from here all the same.
struct Elsewhere {
    std::function<void(Command&)> send = {};                 ///< makes of a command one that runs there; empty: here
    std::function<bool(const ProcessResult&)> is_lost = {};  ///< its end was not heard: it may run still
};

/// Where a framework works: a clean work tree of the pinned revision and a database.
struct FrameworkContext {
    std::filesystem::path directory;  ///< <work tree>/<migrate.directory>; "" where `files` has what is needed of it
    std::string place;                ///< what messages call it: the work tree is gone when they are read
    const MigrateSettings& settings;
    ConnectionUrl url;   ///< of the database, as we connect to it
    SecretValue secret;  ///< as a foreign migrator is given it: in the variable of the pipeline's URL
    int server_version = 0;
    std::string existing_options;  ///< PGOPTIONS of our own environment
    std::string application_name;  ///< of every connection of the migrator's, ours or its own
    std::string leftover_mark;
    /// The SQL files of the directory by name, where nobody needs a work tree for anything else.
    std::shared_ptr<const std::map<std::string, std::string>> files = {};
    /// For a rehearsal: takes from a command whatever it must not reach. Empty: nothing is taken.
    std::function<void(Command&)> seclude = {};
    Elsewhere elsewhere = {};
    Processes& processes;
    Console& console;
    Interruption& interruption;

    /// The limits that hold where nobody says otherwise: those of a change of the schema.
    Limits limits() const { return {settings.lock_timeout, settings.statement_timeout}; }
    /// The same; a URL that came from no variable is given in LASTGOOD_DATABASE_URL, for programs that want one.
    FrameworkContext with_variable() const;
    /// `argv` in the directory and with the guard's environment.
    Command command(std::vector<std::string> argv, const Limits& limits) const;
};

}  // namespace lastgood
