#pragma once

#include "database/catalogue.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// The rows of a table whose ctid lies in [first_page, end_page); without limits that is all of them. The first slice
/// of a table has no lower limit and the last no upper one: no row can lie outside.
struct Slice {
    std::size_t table = 0;  ///< index into the tables that were planned
    std::optional<std::uint64_t> first_page;
    std::optional<std::uint64_t> end_page;
    bool whole() const { return !first_page && !end_page; }
};

/// Whether a part of the table can be read without reading the rest (PostgreSQL 14 and later: TID range scans), and
/// whether it is so much larger than `slice_size` octets that it is worth it.
bool can_be_cut(const CatalogueTable& table, std::uint64_t slice_size, int server_version);

/// Slices of about `slice_size` octets of the table with this index.
std::vector<Slice> cut(std::size_t index, const CatalogueTable& table, std::uint64_t slice_size);

/// All rows of all tables in the order in which `jobs` connections should read them: the largest tables first, to which
/// `tables` is sorted; with several connections large ones are cut.
std::vector<Slice> plan_reading(std::vector<CatalogueTable>& tables, int jobs, int server_version);

/// "" or the "where ..." that yields the rows of the slice.
std::string condition_of(const CatalogueTable& table, const Slice& slice);

}  // namespace lastgood
