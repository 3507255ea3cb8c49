#pragma once

#include "framework/framework.hpp"
#include "record/run_state.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// The transactions that the framework noted in `live`, or a hotfix in the record, as its own (database/losses.hpp).
/// Empty where the run never migrated, or the framework notes none.
std::vector<std::string> noted_transactions(const RunState& run, Framework& framework, Session& live);

}  // namespace lastgood
