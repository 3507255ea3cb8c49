#pragma once

#include "framework/framework.hpp"

#include <memory>

namespace lastgood {

/// Built in: NNNN_name.sql files and a ledger in the database.
std::unique_ptr<Framework> make_sql_framework(const FrameworkContext& context);

}  // namespace lastgood
