#pragma once

#include "backup/in_place_engine.hpp"

#include <memory>

namespace lastgood {

/// Heroku's own backups (pg:backups), each also kept in our store.
std::unique_ptr<InPlaceEngine> make_heroku_engine(const EngineContext& context);

}  // namespace lastgood
