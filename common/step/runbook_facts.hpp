#pragma once

#include "record/run_state.hpp"
#include "runbook/runbook.hpp"
#include "step/world.hpp"

#include <string>

namespace lastgood {

/// Names that are known before there is anything that carries them; "" leaves them to a person's swap.
struct SwapNames {
    std::string failed;
    std::string returned;
};

/// What the runbook of a run says as it stands now, from the pipeline, the record and the restore point: the database
/// is not asked, so that it can be written while it takes no connections. StoreError.
RunbookFacts runbook_facts(World& world, const Pipeline& pipeline, const Databases& databases, const RunState& run,
                           const SwapNames& names);

}  // namespace lastgood
