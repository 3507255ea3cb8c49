#pragma once

#include "step/return_cost.hpp"

#include <optional>

namespace lastgood {

class Databases;
class World;

/// What going back would cost of a run that has its restore point and has migrated nothing yet: for the summary before
/// an approval. None where it is no such run. Only asks; what takes longer than some seconds to count is not counted.
std::optional<ReturnCost> waiting_cost(World& world, const Databases& databases, const RunState& run);

/// The same; where it cannot be told that is a warning.
std::optional<ReturnCost> told_cost(World& world, const RunState& run);

}  // namespace lastgood
