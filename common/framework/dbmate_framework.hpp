#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// dbmate: files of SQL, called by their names without .sql.
std::unique_ptr<Framework> make_dbmate_framework(const FrameworkContext& context);

}  // namespace lastgood
