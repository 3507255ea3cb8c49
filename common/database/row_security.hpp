#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// Row-level security of one table, partitioned ones too.
struct RowSecurity {
    std::uint32_t oid = 0;
    std::string table;  ///< qualified
    bool enabled = false;
    bool forced = false;                          ///< for the owner too
    std::map<std::string, std::string> policies;  ///< by name: "permissive for select to app using (...)"
};

/// Of every table of people's schemas, by name.
std::vector<RowSecurity> read_row_security(Session& session);

}  // namespace lastgood
