#pragma once

#include "database/contents.hpp"
#include "database/privileges.hpp"
#include "database/query_timing.hpp"
#include "database/row_security.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

struct CheckSettings;

/// What checks compare with. migrate reads it before it changes anything, and its record keeps it for a verify that is
/// another CI job. What no check of the pipeline asks for is not read.
struct Before {
    std::vector<RowCount> rows;  ///< with those newer than the restore point's snapshot; always read
    std::optional<std::vector<std::uint32_t>> unfinished_indexes = {};      ///< oids
    std::optional<std::vector<std::uint32_t>> unfinished_constraints = {};  ///< oids
    std::optional<std::vector<ObjectPrivileges>> privileges = {};
    std::optional<std::vector<RowSecurity>> row_security = {};
    std::optional<std::map<std::string, std::string>> extensions = {};  ///< version by name
    std::map<std::string, QueryTiming> queries = {};                    ///< by their text
};

/// Everything but the rows, as far as the checks ask for it.
Before read_before(const std::vector<CheckSettings>& list, Session& session);

}  // namespace lastgood
