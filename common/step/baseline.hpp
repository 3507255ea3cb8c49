#pragma once

#include "check/before.hpp"
#include "database/losses.hpp"
#include "record/run_state.hpp"

#include <string>

namespace lastgood {

/// What migrate read before it changed anything: verify compares with it, rollback counts losses by it.
/// It is the data of the ended action "migrate/baseline".
struct Baseline {
    std::string window_begin;  ///< the snapshot that the rows were counted in
    bool fenced = false;       ///< nobody but us could write then
    Before before;
};

Json to_json(const Baseline& baseline);
/// Empty if migrate never read one.
Baseline baseline_of(const RunState& run);

/// Could anybody but the migration write while it ran? Only a fence that held from before to after it says no.
bool writes_were_open(const RunState& run);

/// What the record knows about when migrate wrote, and whether others could meanwhile. The restore point's part of the
/// question and the migration's own transactions are for the caller to fill in.
LossQuestion window_of(const RunState& run);

}  // namespace lastgood
