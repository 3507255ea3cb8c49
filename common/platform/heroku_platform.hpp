#pragma once

#include "platform/platform.hpp"

namespace lastgood {

std::unique_ptr<Platform> make_heroku_platform(const PlatformContext& context);

}  // namespace lastgood
