#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Any program that migrates (migrate.program), a query for what is applied (migrate.heads) and, where there is one, a
/// program that prints what is pending (migrate.pending). Nothing is promised of what it did when it failed.
std::unique_ptr<Framework> make_command_framework(const FrameworkContext& context);

}  // namespace lastgood
