#pragma once

#include "runbook/runbook.hpp"

#include <vector>

namespace lastgood {

/// A new database with the name swap.by_hand, made of the objects of the restore point, and compared with what its
/// snapshot saw.
std::vector<RunbookBlock> restore_blocks(const RunbookFacts& facts);

/// Fetches the restore point, and looks whether manifest and objects are as they were written. In the directory $point
/// afterwards.
RunbookBlock fetch_block(const RunbookFacts& facts);

}  // namespace lastgood
