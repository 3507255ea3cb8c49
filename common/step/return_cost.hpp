#pragma once

#include "core/facts.hpp"
#include "record/event.hpp"
#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "step/measured_returns.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// By what the data comes back.
enum class ReturnWay { standby, restore, cluster, in_place, instance };

/// How long something is expected to take, and by what that was estimated.
struct EstimatedTime {
    std::optional<std::chrono::milliseconds> takes;  ///< none: not known
    std::string from;                                ///< "as when it was proven"; why it is not known
};

/// Going down, by the migrations' own ways.
struct CostOfGoingDown {
    bool possible = false;  ///< there is something to take back
    bool tried = false;     ///< by the rehearsal, so that what it touches is known
    bool proven = false;
    std::string why_not;  ///< "" or why it is not proven
    std::chrono::milliseconds takes{0};
    LossReport at_risk;   ///< of what others wrote since, what it does not leave alone
    bool unseen = false;  ///< what else it touches is not known
};

/// What going back would cost now, and what the other ways out cost: the cost before the button.
struct ReturnCost {
    std::string restore_point;
    std::chrono::milliseconds age{0};
    ReturnWay way = ReturnWay::restore;
    std::optional<LossReport> losses;  ///< rows that others wrote since; none: they could not be counted in time
    EstimatedTime preparation;         ///< before anybody is kept out: restoring beside
    EstimatedTime outage;              ///< in which nobody gets in
    std::string kept_out_since;        ///< "": the application is not kept out yet
    CostOfGoingDown down;
    /// A mended release, as long as this one took, from capture to what it came to.
    EstimatedTime forward;
};

/// What the times are estimated from.
struct CostFacts {
    const RunState& run;
    const Manifest& manifest;
    std::optional<Proof> proof;
    bool repoints = false;  ///< the application is told of another database
    MeasuredReturns measured;
};

/// Pure: `way` is set; fills in preparation, outage and forward.
void estimate_times(ReturnCost& cost, const CostFacts& facts);

/// For people, the first line for itself, the others below it.
std::vector<std::string> say_cost(const ReturnCost& cost);
/// Age, rows and outage alone.
std::vector<std::string> say_cost_in_short(const ReturnCost& cost);
Json to_json(const ReturnCost& cost);

/// "public.orders: 12 rows written by others, 3 more possibly" per table.
std::vector<std::string> say_losses(const LossReport& losses);

}  // namespace lastgood
