#pragma once

#include <cstddef>
#include <string>

namespace lastgood {

/// As many random octets, fit for keys, in lower-case hex.
std::string random_hex(std::size_t octets);

}  // namespace lastgood
