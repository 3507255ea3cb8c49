#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace lastgood {

class Interruption;

struct TerminalSize {
    std::size_t columns = 80;
    std::size_t rows = 24;
};

/// Of the terminal that standard output is; none where it is something else.
std::optional<TerminalSize> size_of_output();
/// Are standard input and standard error both a terminal: is there somebody to ask?
bool somebody_is_there();
/// Asks on standard error and reads a line of standard input; "" at its end. A signal throws Interrupted.
std::string ask_on_terminal(const std::string& question, const Interruption& interruption);
/// A line for whoever looks at standard error, if that is a terminal and takes it at once: never waits, needs no lock.
void tell_terminal_at_once(const std::string& line);

}  // namespace lastgood
