#pragma once

#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "report/report.hpp"

#include <optional>
#include <vector>

namespace lastgood {

// What a report says of rows, migrations, locks and checks: out of the state of one attempt. Pure.

/// In order of name: those of the restore point, of the baseline and of the losses.
std::vector<ReportedTable> tables_of(const RunState& run, const std::optional<Manifest>& manifest);
/// In the order in which they were to run: those rehearsed, and those that ran.
std::vector<ReportedMigration> migrations_of(const RunState& run);
std::vector<ReportedLock> locks_of(const RunState& run);
std::vector<ReportedCheck> checks_in(const Json& list);
/// Of a rehearsal; "" where nothing was said of it.
std::string way_down_of(const RunState& run);
/// The data with which an action ended; an empty object if it did not.
const Json& ended_data(const RunState& run, const char* step_and_action);

}  // namespace lastgood
