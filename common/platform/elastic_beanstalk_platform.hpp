#pragma once

#include "platform/platform.hpp"

namespace lastgood {

std::unique_ptr<Platform> make_elastic_beanstalk_platform(const PlatformContext& context);

}  // namespace lastgood
