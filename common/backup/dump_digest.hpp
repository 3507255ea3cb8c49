#pragma once

#include "database/catalogue.hpp"
#include "database/contents.hpp"

#include <filesystem>

namespace lastgood {

class Interruption;

/// Whether the digest of a table can be computed from what pg_dump writes of it: not with generated columns, which COPY
/// leaves out, and not with money, which pg_dump writes under the database's own lc_monetary.
bool digestible_from_dump(const CatalogueTable& table);

/// Reads a data file of a directory archive (COPY's text format, plain or gzip) to its end and digests its rows.
/// Throws Failure (4) if it is cut off or damaged, and Interrupted.
TableDigest digest_of_dump(const std::filesystem::path& file, const TableFacts& table,
                           const Interruption& interruption);

}  // namespace lastgood
