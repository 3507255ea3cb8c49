#pragma once

#include "pipeline/keys.hpp"

#include <string_view>
#include <vector>

namespace lastgood {

/// Behind a check's own keys come those that every check has.
std::vector<Key> with_window(std::vector<Key> own, std::string_view timeout = "60s", std::string_view within = "0s");

/// About rows: sql, rows_not_lost, unchanged, ...
const std::vector<SectionOf>& content_check_sections();
/// About what the catalogue says: no_pending_migrations, no_invalid_indexes, ...
const std::vector<SectionOf>& schema_check_sections();
/// About what runs: http, command, replicas, locks.
const std::vector<SectionOf>& service_check_sections();

}  // namespace lastgood
