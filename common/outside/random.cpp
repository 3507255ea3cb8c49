#include "outside/random.hpp"

#include <stdexcept>
#include <string_view>
#include <vector>

#include <openssl/rand.h>

namespace lastgood {

std::string random_hex(std::size_t octets) {
    std::vector<unsigned char> random(octets);
    if (RAND_bytes(random.data(), static_cast<int>(octets)) != 1)
        throw std::runtime_error("OpenSSL has no random numbers");
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    for (const unsigned byte : random) {
        text += digits[byte >> 4U];
        text += digits[byte & 0xFU];
    }
    return text;
}

}  // namespace lastgood
