#pragma once

#include <string>
#include <vector>

namespace lastgood {

/// What a shell may complete a value with.
enum class Completes { nothing, file, directory };

/// An option as every place knows it: the parser, --help, the manual pages, the completions, action.yml and the
/// component for GitLab.
struct OptionRow {
    std::string name;        ///< "--run-id"
    std::string text;        ///< one line, no full stop
    std::string value = "";  ///< "ID"; "" : it is a flag
    std::vector<std::string> choices = {};
    Completes completes = Completes::nothing;
    bool required = false;
};

/// A word without dashes: "ID".
struct PositionalRow {
    std::string name;
    std::string text;
    bool required = false;
};

/// A program, or one of the driver's commands.
struct CommandRow {
    std::string name;  ///< "lastgood-migrate", "prune"
    std::string text;  ///< one line, no full stop
    std::vector<OptionRow> options = {};
    std::vector<PositionalRow> positionals = {};
    std::vector<CommandRow> commands = {};  ///< exactly one is wanted where there are some
    bool hands_over = false;                ///< what follows belongs to another program
};

/// A variable of the environment that our programs read.
struct VariableRow {
    std::string name;
    std::string text;
};

/// The options that every program takes, and every command of the driver.
const std::vector<OptionRow>& common_options();
/// Those that no pipeline names.
const std::vector<VariableRow>& environment_variables();
/// The driver first, then the steps in the order of the chain.
const std::vector<CommandRow>& programs();
/// Throws std::logic_error if there is none.
const CommandRow& program(const std::string& executable);
/// "backup-capture", "migrate", "verify", "rollback": lastgood STEP is lastgood-STEP.
const std::vector<std::string>& step_names();

}  // namespace lastgood
