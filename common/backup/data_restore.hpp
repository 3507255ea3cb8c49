#pragma once

#include "backup/engine.hpp"

namespace lastgood {

/// Fills the fresh tables of the database from what capture_data wrote, by parallel COPY. Failure (4).
void restore_data(const EngineContext& context, const PointReader& objects, const ConnectionUrl& url, int jobs);

/// Decompresses every data file to its end. Failure (4) names the first that is missing, damaged or of another length
/// than the index says.
void check_data(const EngineContext& context, const PointReader& objects, int jobs);

}  // namespace lastgood
