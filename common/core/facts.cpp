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

}  // namespace lastgood
