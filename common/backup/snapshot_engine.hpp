#pragma once

#include "backup/engine.hpp"

#include <memory>

namespace lastgood {

/// The schema as pg_dump writes it, the rows by parallel COPY at the same snapshot; README.md has the layout and how to
/// get everything back by hand.
std::unique_ptr<DatabaseEngine> make_snapshot_engine(const EngineContext& context);

}  // namespace lastgood
