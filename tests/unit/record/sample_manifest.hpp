#pragma once

#include "record/restore_points.hpp"

namespace lastgood::test {

/// Every field filled, with the values that are easiest to lose.
Manifest sample_manifest(const std::string& id, const std::string& taken_at = "2026-11-22 15:04:05.123+00");

}  // namespace lastgood::test
