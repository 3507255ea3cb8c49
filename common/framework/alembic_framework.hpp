#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Alembic, with the project's own env.py: migrations are called by their revision ids.
std::unique_ptr<Framework> make_alembic_framework(const FrameworkContext& context);

}  // namespace lastgood
