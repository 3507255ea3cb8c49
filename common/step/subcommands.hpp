#pragma once

#include <memory>
#include <string>

namespace CLI {
class App;
class FormatterBase;
}  // namespace CLI

namespace lastgood {

/// Prints with a subcommand's own options those that it takes from the program.
std::shared_ptr<CLI::FormatterBase> help_formatter();

/// A command line that cannot be used, in the words of a failure.
struct Complaint {
    std::string what;
    std::string detail;
    std::string next;
};

/// `app` has parsed as far as it could, then said `error`. Where a command is missing or mistyped: which there are, and
/// the nearest.
Complaint complaint_about(const CLI::App& app, const std::string& error);

}  // namespace lastgood
