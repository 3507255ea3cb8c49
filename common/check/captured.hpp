#pragma once

#include "database/losses.hpp"

#include <functional>
#include <string>

namespace lastgood {

/// What the restore point of this release says of the tables. The step reads it; checks know no record.
struct Captured {
    std::string restore_point;
    std::string trouble;    ///< why nothing can be compared with it; "": it can
    LossQuestion question;  ///< its tables (`then`) and its snapshot, and which transactions are the migration's own
    /// The digest of a table as the manifest writes it: keyed where the restore point is encrypted.
    std::function<std::string(const TableFacts&)> digest;
};

}  // namespace lastgood
