#pragma once

#include "command_line/table.hpp"

#include <map>
#include <string>

namespace lastgood {

/// What a command line came to, by the names of the table.
class Arguments {
  public:
    Arguments() = default;
    Arguments(std::string command, std::map<std::string, std::string> given)
        : m_command(std::move(command)), m_given(std::move(given)) {}

    /// Of the driver: "run", "backups prune"; of a step: "".
    const std::string& command() const { return m_command; }
    /// A flag or an option was given.
    bool has(const std::string& name) const { return m_given.count(name) != 0; }
    /// What was given for an option or a positional; "" if nothing was.
    std::string value(const std::string& name) const {
        const auto found = m_given.find(name);
        return found == m_given.end() ? "" : found->second;
    }

  private:
    std::string m_command;
    std::map<std::string, std::string> m_given;
};

/// A program as --help and messages know it.
struct ProgramText {
    std::string executable;  ///< "lastgood-migrate": its row in the table
    std::string speaker;     ///< "migrate": begins its messages
    std::string manual;      ///< help.md
};

/// What parsing came to: go on, or stop with this exit status (--help, --version, a usage error already printed).
struct Parsed {
    bool go_on = false;
    int status = 0;
    Arguments arguments;
};

/// Parses argv as `row` and common_options() say. --help prints the manual, the options and the EXIT STATUS section.
Parsed parse_arguments(int argc, char** argv, const ProgramText& text, const CommandRow& row);

}  // namespace lastgood
