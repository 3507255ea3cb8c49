#pragma once

#include "pipeline/keys.hpp"

namespace lastgood {

const Section& heroku_section();
const Section& beanstalk_section();

}  // namespace lastgood
