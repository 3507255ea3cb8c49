#pragma once

#include "backup/data_index.hpp"
#include "backup/engine.hpp"

#include <vector>

namespace lastgood {

struct CapturedData {
    DataIndex index;
    std::vector<TableDigest> digests;  ///< of the tables without generated columns
};

/// Reads every table of the order by parallel COPY into compressed files in the existing directory `directory`, each of
/// them a script that psql can run, and digests the rows as they pass. The tables must be held (ExportedSnapshot).
/// Failure (3, 4), FileError.
CapturedData capture_data(const EngineContext& context, const CaptureOrder& order, int level,
                          const std::filesystem::path& directory);

}  // namespace lastgood
