#pragma once

#include "runbook/runbook.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// One database takes the place of the live one.
struct TakingOver {
    std::string standby;  ///< what takes over
    std::string aside;    ///< what the live one is called afterwards
    std::string mark;     ///< of the live one then
    /// Told to the platform afterwards, where the databases keep their names; "" elsewhere.
    std::string point_at;
};

/// Reads, in the shell, how far the sequences of `from` were used, into the file $work/sequences.sql: what moves those
/// of another database beyond them.
std::string read_sequences_command(const std::string& from, std::uint64_t margin);
std::string move_sequences_command(const std::string& to);

/// Opens the one that takes over, moves its sequences, and swaps both.
std::vector<RunbookBlock> swap_blocks(const RunbookFacts& facts, const TakingOver& order);

/// Ends every session in these databases but our own, as far as we may.
std::string ending_statement(const std::vector<std::string>& databases);

}  // namespace lastgood
