#include "backup/pieces.hpp"

#include "database/session.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_first_version_with_tid_range_scan = 140000;

/// A worker that is left with the last piece works alone: pieces are a small part of what each does.
constexpr std::uint64_t k_pieces_of_a_worker = 8;
constexpr std::uint64_t k_smallest_slice = 16ULL << 20U;
constexpr std::uint64_t k_largest_slice = 1ULL << 30U;

/// Small tables share a file up to here: a file each would cost more than their rows.
constexpr std::uint64_t k_pack = 8ULL << 20U;
constexpr std::size_t k_tables_of_a_pack = 250;

std::string quoted_table(const TableFacts& table) {
    return quoted_name(table.schema) + "." + quoted_name(table.name);
}

/// "" for a table that has none, which COPY takes without a list.
std::string column_list(const CatalogueTable& table) {
    std::string list;
    for (const ColumnFacts& column : table.facts.columns) {
        if (std::find(table.generated.begin(), table.generated.end(), column.name) != table.generated.end()) continue;
        list += (list.empty() ? "" : ", ") + quoted_name(column.name);
    }
    return list;
}

void cut(std::vector<Piece>& pieces, std::size_t index, const CatalogueTable& table, std::uint64_t slice_size) {
    const std::uint64_t count = std::min(table.pages, (table.size + slice_size - 1) / slice_size);
    for (std::uint64_t i = 0; i < count; ++i) {
        Slice slice{index, std::nullopt, std::nullopt};
        if (i > 0) slice.first_page = table.pages * i / count;
        if (i + 1 < count) slice.end_page = table.pages * (i + 1) / count;
        pieces.push_back({{slice}, table.size / count});
    }
}

}  // namespace

std::vector<Piece> plan_pieces(const std::vector<CatalogueTable>& tables, int jobs, int server_version) {
    std::uint64_t total = 0;
    for (const CatalogueTable& table : tables) total += table.size;
    const std::uint64_t slice_size =
        std::clamp(total / (static_cast<std::uint64_t>(std::max(jobs, 1)) * k_pieces_of_a_worker), k_smallest_slice,
                   k_largest_slice);
    const bool can_cut = server_version >= k_first_version_with_tid_range_scan && jobs > 1;

    std::vector<Piece> pieces;
    Piece pack;
    const auto close_pack = [&] {
        if (!pack.slices.empty()) pieces.push_back(std::move(pack));
        pack = {};
    };
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const CatalogueTable& table = tables[i];
        const Slice whole{i, std::nullopt, std::nullopt};
        if (can_cut && !table.of_extension && table.pages > 1 && table.size > slice_size + slice_size / 2) {
            cut(pieces, i, table, slice_size);
        } else if (table.size > k_pack / 4) {
            pieces.push_back({{whole}, table.size});
        } else {
            pack.slices.push_back(whole);
            pack.size += table.size;
            if (pack.size >= k_pack || pack.slices.size() >= k_tables_of_a_pack) close_pack();
        }
    }
    close_pack();
    std::stable_sort(pieces.begin(), pieces.end(), [](const Piece& a, const Piece& b) { return a.size > b.size; });
    return pieces;
}

std::string copied(const CatalogueTable& table) {
    const std::string columns = column_list(table);
    return quoted_table(table.facts) + (columns.empty() ? "" : " (" + columns + ")");
}

std::string copy_in_sql(const std::string& copied, const std::string& encoding, bool frozen) {
    return "copy " + copied + " from stdin (encoding '" + encoding + "'" + (frozen ? ", freeze)" : ")");
}

std::string truncate_sql(const std::string& copied) {
    return "truncate table only " + copied.substr(0, copied.find(" ("));
}

std::string copy_out_sql(const CatalogueTable& table, const Slice& slice, const std::string& encoding) {
    const std::string target = " to stdout (encoding '" + encoding + "')";
    if (slice.whole() && table.condition.empty()) return "copy " + copied(table) + target;
    const auto limit = [](const char* comparison, std::uint64_t page) {
        return std::string("ctid ") + comparison + " '(" + std::to_string(page) + ",0)'::pg_catalog.tid";
    };
    std::string condition = table.condition;
    if (slice.first_page) condition = "where " + limit(">=", *slice.first_page);
    if (slice.end_page) condition += (condition.empty() ? "where " : " and ") + limit("<", *slice.end_page);
    return "copy (select " + column_list(table) + " from only " + quoted_table(table.facts) + " " + condition + ")" +
           target;
}

}  // namespace lastgood
