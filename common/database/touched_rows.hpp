#pragma once

#include <cstdint>
#include <string>

namespace lastgood {

/// What a statement touched: INSERT, UPDATE, DELETE, MERGE and COPY FROM say so in their tags. What a function or a
/// trigger, or a WITH below a SELECT, writes beside that is not in it.
struct TouchedRows {
    std::string tag;  ///< "UPDATE"
    std::uint64_t count = 0;
    std::string statement;  ///< as it may be shown, without literals
};

}  // namespace lastgood
