#include "database/slices.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_first_version_with_tid_range_scan = 140000;
/// A part of a table that one connection reads in one go.
constexpr std::uint64_t k_slice = 64ULL << 20U;

std::string limit(const char* comparison, std::uint64_t page) {
    return std::string("ctid ") + comparison + " '(" + std::to_string(page) + ",0)'::pg_catalog.tid";
}

}  // namespace

bool can_be_cut(const CatalogueTable& table, std::uint64_t slice_size, int server_version) {
    return server_version >= k_first_version_with_tid_range_scan && !table.of_extension && table.pages > 1 &&
           table.size > slice_size + slice_size / 2;
}

std::vector<Slice> cut(std::size_t index, const CatalogueTable& table, std::uint64_t slice_size) {
    const std::uint64_t count = std::min(table.pages, (table.size + slice_size - 1) / slice_size);
    std::vector<Slice> slices;
    for (std::uint64_t i = 0; i < count; ++i) {
        Slice slice{index, std::nullopt, std::nullopt};
        if (i > 0) slice.first_page = table.pages * i / count;
        if (i + 1 < count) slice.end_page = table.pages * (i + 1) / count;
        slices.push_back(slice);
    }
    return slices;
}

std::vector<Slice> plan_reading(std::vector<CatalogueTable>& tables, int jobs, int server_version) {
    std::stable_sort(tables.begin(), tables.end(), [](const auto& a, const auto& b) { return a.size > b.size; });
    std::vector<Slice> slices;
    for (std::size_t i = 0; i < tables.size(); ++i) {
        if (jobs > 1 && can_be_cut(tables[i], k_slice, server_version)) {
            for (const Slice& slice : cut(i, tables[i], k_slice)) slices.push_back(slice);
        } else {
            slices.push_back({i, std::nullopt, std::nullopt});
        }
    }
    return slices;
}

std::string condition_of(const CatalogueTable& table, const Slice& slice) {
    if (slice.whole()) return table.condition;
    std::string condition;
    if (slice.first_page) condition = "where " + limit(">=", *slice.first_page);
    if (slice.end_page) condition += (condition.empty() ? "where " : " and ") + limit("<", *slice.end_page);
    return condition;
}

}  // namespace lastgood
