#include "backup/pieces.hpp"

#include "database/session.hpp"

#include <algorithm>

namespace lastgood {

namespace {

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

}  // namespace

std::vector<Piece> plan_pieces(const std::vector<CatalogueTable>& tables, int jobs, int server_version) {
    std::uint64_t total = 0;
    for (const CatalogueTable& table : tables) total += table.size;
    const std::uint64_t slice_size =
        std::clamp(total / (static_cast<std::uint64_t>(std::max(jobs, 1)) * k_pieces_of_a_worker), k_smallest_slice,
                   k_largest_slice);

    std::vector<Piece> pieces;
    Piece pack;
    const auto close_pack = [&] {
        if (!pack.slices.empty()) pieces.push_back(std::move(pack));
        pack = {};
    };
    for (std::size_t i = 0; i < tables.size(); ++i) {
        const CatalogueTable& table = tables[i];
        const Slice whole{i, std::nullopt, std::nullopt};
        if (jobs > 1 && can_be_cut(table, slice_size, server_version)) {
            const std::vector<Slice> slices = cut(i, table, slice_size);
            for (const Slice& slice : slices) pieces.push_back({{slice}, table.size / slices.size()});
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
    return "copy (select " + column_list(table) + " from only " + quoted_table(table.facts) + " " +
           condition_of(table, slice) + ")" + target;
}

}  // namespace lastgood
