#pragma once

#include <string_view>

namespace lastgood {

/// What a program's exit status says. An interface: pipelines and CI templates branch on these numbers, and records
/// keep them, so a number never changes its meaning. 129, 130 and 143 (interrupted) are Interrupted's, not listed here.
enum class ExitCode {
    done = 0,            ///< done, or nothing to do
    bug = 1,             ///< our bug
    usage = 2,           ///< usage or configuration
    refused = 3,         ///< a precondition is missing; nothing was changed
    failed_clean = 4,    ///< failed; nothing was changed
    failed_changed = 5,  ///< failed; something was changed
    in_doubt = 6,        ///< the outcome is not known
    verify_no = 7,       ///< verify says no
    locked = 8,          ///< another run holds the environment
    person = 9,          ///< a person must decide
};

constexpr int status_of(ExitCode code) {
    return static_cast<int>(code);
}

/// One row of the EXIT STATUS section that every --help prints.
struct ExitCodeHelp {
    int status;
    std::string_view meaning;
};

/// All documented exit statuses, ascending, the three of signals included.
const ExitCodeHelp* exit_code_table(int& count);

}  // namespace lastgood
