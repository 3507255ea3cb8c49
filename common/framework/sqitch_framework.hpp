#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Sqitch, engine pg: the changes of sqitch.plan. Whether a deploy is verified its own configuration says.
std::unique_ptr<Framework> make_sqitch_framework(const FrameworkContext& context);

}  // namespace lastgood
