#pragma once

#include "database/contents.hpp"

#include <vector>

namespace lastgood {

/// What checks compare with. migrate reads it before it changes anything, and its record keeps it for a verify that is
/// another CI job. What no check of the pipeline asks for is not read.
struct Before {
    std::vector<RowCount> rows;  ///< with those newer than the restore point's snapshot; always read
};

}  // namespace lastgood
