#pragma once

#include "backup/engine.hpp"

#include <memory>

namespace lastgood {

/// pg_dump's directory format, in "dump" below the objects.
std::unique_ptr<DatabaseEngine> make_pg_dump_engine(const EngineContext& context);

}  // namespace lastgood
