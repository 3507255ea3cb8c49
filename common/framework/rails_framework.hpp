#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Active Record's own tasks, by bin/rails or by rake: migrations are called by their versions.
std::unique_ptr<Framework> make_rails_framework(const FrameworkContext& context);

}  // namespace lastgood
