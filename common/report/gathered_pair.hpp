#pragma once

#include "record/run_state.hpp"
#include "report/gather.hpp"

#include <optional>

namespace lastgood {

// What a report says of the pair: the good releases and the restore point. Pure. `report` has its time line already.

/// None if no restore point was taken.
std::optional<ReportedPoint> point_of(const ReportSources& sources, const RunState& run, const Report& report);
/// Null if the run became none.
const GoodRelease* release_of_run(const ReportSources& sources);
/// What the run began from: the good release that its restore point fits. `report` has its point.
ReportedPair pair_before(const ReportSources& sources, const RunState& run, const Report& report);
/// What stands now. `report` has the pair before.
ReportedPair pair_after(const ReportSources& sources, const RunState& run, const Report& report);

}  // namespace lastgood
