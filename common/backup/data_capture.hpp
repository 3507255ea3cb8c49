#pragma once

#include "backup/data_index.hpp"
#include "backup/engine.hpp"

#include <vector>

namespace lastgood {

struct CapturedData {
    DataIndex index;
    std::vector<TableDigest> digests;  ///< of the tables without generated columns
};

/// Reads every table of the order by parallel COPY into compressed objects, each of them a script that psql can run,
/// and digests the rows as they pass. The tables must be held (ExportedSnapshot). Failure (3, 4), StoreError.
CapturedData capture_data(const EngineContext& context, const CaptureOrder& order, int level);

}  // namespace lastgood
