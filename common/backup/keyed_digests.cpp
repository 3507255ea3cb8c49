#include "backup/keyed_digests.hpp"

#include "outside/random.hpp"
#include "outside/sha256.hpp"

namespace lastgood {

std::string new_digest_key() {
    constexpr std::size_t k_octets = 32;
    return random_hex(k_octets);
}

void key_digests(ContentFacts& contents, const std::string& key) {
    // With its name, so that two tables with equal contents do not show that they have.
    for (TableFacts& table : contents.tables)
        if (!table.digest.empty()) table.digest = hmac_sha256(key, table.qualified() + '\n' + table.digest);
    contents.large_objects = hmac_sha256(key, contents.large_objects);
}

}  // namespace lastgood
