#include "outside/hex.hpp"

#include <string_view>

namespace lastgood {

std::string hex_of(std::span<const unsigned char> octets) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * octets.size());
    for (const unsigned octet : octets) {
        text += digits[octet >> 4U];
        text += digits[octet & 0xFU];
    }
    return text;
}

}  // namespace lastgood
