#pragma once

#include "backup/instance_engine.hpp"

#include <memory>

namespace lastgood {

/// Snapshots of RDS instances.
std::unique_ptr<InstanceEngine> make_rds_engine(const EngineContext& context);

}  // namespace lastgood
