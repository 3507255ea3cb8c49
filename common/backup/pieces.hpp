#pragma once

#include "database/slices.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

/// What one worker reads into one file: a slice of a large table, or several small tables.
struct Piece {
    std::vector<Slice> slices;
    std::uint64_t size = 0;  ///< octets on the server's disk
};

/// Cuts the tables so that `jobs` workers end at about the same time, largest pieces first. Tables are cut by ctid
/// only where the server scans such a range without reading the rest (PostgreSQL 14 and later: TID range scans).
std::vector<Piece> plan_pieces(const std::vector<CatalogueTable>& tables, int jobs, int server_version);

/// `"schema"."name" ("column", ...)`: what COPY carries, in the table's own order, generated columns left out.
std::string copied(const CatalogueTable& table);

/// "COPY ... FROM STDIN" of what copied() says; `frozen` wants a table that was truncated in the same transaction.
std::string copy_in_sql(const std::string& copied, const std::string& encoding, bool frozen);

/// Empties the table of what copied() says, so that its rows can be written frozen.
std::string truncate_sql(const std::string& copied);

/// "COPY ... TO STDOUT" of the slice.
std::string copy_out_sql(const CatalogueTable& table, const Slice& slice, const std::string& encoding);

}  // namespace lastgood
