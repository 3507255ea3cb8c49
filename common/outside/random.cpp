#include "outside/random.hpp"

#include "outside/hex.hpp"

#include <stdexcept>
#include <vector>

#include <openssl/rand.h>

namespace lastgood {

std::string random_hex(std::size_t octets) {
    std::vector<unsigned char> random(octets);
    if (RAND_bytes(random.data(), static_cast<int>(octets)) != 1)
        throw std::runtime_error("OpenSSL has no random numbers");
    return hex_of(random);
}

}  // namespace lastgood
