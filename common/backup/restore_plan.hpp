#pragma once

#include "backup/data_index.hpp"

#include <cstdint>
#include <vector>

namespace lastgood {

/// What one worker restores in one transaction.
struct RestoreItem {
    std::vector<const DataFile*> files;
    std::uint64_t bytes = 0;   ///< decompressed
    bool whole_table = false;  ///< the files are all of one table's: it may be truncated and frozen
};

/// Cuts the files so that `jobs` workers end at about the same time, longest items first. The slices of a table stay
/// together where that costs no time: rows that one transaction writes can be frozen, and two writers of one table hold
/// each other up. The items point into `files`.
std::vector<RestoreItem> plan_restore(const std::vector<const DataFile*>& files, int jobs);

}  // namespace lastgood
