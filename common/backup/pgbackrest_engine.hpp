#pragma once

#include "backup/cluster_engine.hpp"

#include <memory>

namespace lastgood {

/// Whole clusters, by pgBackRest: what is captured lies in its repository, and our store keeps what is needed to find
/// and to judge it.
std::unique_ptr<ClusterEngine> make_pgbackrest_engine(const EngineContext& context, const PgBackRestSettings& settings);

}  // namespace lastgood
