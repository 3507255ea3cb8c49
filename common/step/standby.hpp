#pragma once

#include "backup/restore_beside.hpp"
#include "database/beside.hpp"
#include "record/restore_points.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Databases;

/// The database in which a restore point lives again: beside `live`, named for the restore point.
std::string standby_name(const std::string& live, const std::string& restore_point);

/// The copy in which `manifest` is to live on `server`.
CopyOrder copy_order(const Manifest& manifest, const std::string& manifest_digest, const Databases& databases,
                     const ConnectionUrl& server, int jobs);

/// The sealed, proven copy of exactly this restore point; none if there is none or somebody opened it.
std::optional<MarkedDatabase> find_standby(const std::vector<MarkedDatabase>& marked, const std::string& restore_point,
                                           const std::string& manifest_digest);

}  // namespace lastgood
