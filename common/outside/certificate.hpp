#pragma once

#include "outside/clock.hpp"

#include <string>

namespace lastgood {

/// When an X.509 certificate (PEM) ends. Throws std::invalid_argument on text that is none.
Time end_of_certificate(const std::string& pem);

}  // namespace lastgood
