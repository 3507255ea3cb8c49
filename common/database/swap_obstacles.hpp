#pragma once

#include "database/swap.hpp"

namespace lastgood {

/// Looks, before anything is changed, at whatever would stop a swap half way. Failure (4) names it.
void refuse_impossible_swap(Session& admin, const SwapOrder& order);

}  // namespace lastgood
