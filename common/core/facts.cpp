#include "core/facts.hpp"

namespace lastgood {

std::uint64_t LossReport::certain() const {
    std::uint64_t sum = 0;
    for (const auto& table : tables) sum += table.certain;
    return sum;
}

std::uint64_t LossReport::possible() const {
    std::uint64_t sum = 0;
    for (const auto& table : tables) sum += table.possible;
    return sum;
}

bool same_database(const DatabaseIdentity& one, const DatabaseIdentity& other) {
    const bool known = !one.system_identifier.empty() && !other.system_identifier.empty();
    const bool same_server = known ? one.system_identifier == other.system_identifier : one.address == other.address;
    return same_server && one.oid == other.oid;
}

}  // namespace lastgood
