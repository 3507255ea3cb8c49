#pragma once

#include "core/facts.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A transaction in which the catalogue prints types and expressions as nobody's search_path shortens them.
constexpr const char* k_begin_catalogue = "BEGIN READ ONLY; SET LOCAL search_path = pg_catalog";

struct CatalogueTable {
    TableFacts facts;
    bool of_extension = false;  ///< an extension's configuration table: creating the extension makes and may fill it
    std::string condition;      ///< "" or the "WHERE ..." of an extension's configuration table, as pg_dump applies it
    // As VACUUM counted them; ExportedSnapshot::hold() counts anew. (Counting waits for the table's lock.)
    std::uint64_t size = 0;              ///< bytes, TOAST included
    std::uint64_t pages = 0;             ///< of the table itself
    std::vector<std::string> generated;  ///< names of generated columns: COPY leaves them out, the digest does not
};

/// What read_catalogue reads, with what digests and counts need beside it.
struct Catalogue {
    std::vector<CatalogueTable> tables;
    std::vector<SequenceFacts> sequences;
    std::vector<std::string> not_compared;
};

Catalogue read_tables_and_sequences(Session& session);

}  // namespace lastgood
