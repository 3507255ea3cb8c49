#pragma once

#include <span>
#include <string>

namespace lastgood {

/// Two lower-case digits for each octet.
std::string hex_of(std::span<const unsigned char> octets);

}  // namespace lastgood
