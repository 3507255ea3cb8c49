#include "core/facts.hpp"

namespace lastgood {

std::vector<std::string> TableFacts::column_names() const {
    std::vector<std::string> names;
    names.reserve(columns.size());
    for (const ColumnFacts& column : columns) names.push_back(column.name);
    return names;
}

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
