#pragma once

#include "core/failure.hpp"
#include "pipeline/pipeline.hpp"

#include <string>
#include <string_view>

namespace lastgood {

/// "lastgood.yaml:12:7: <what>", exit code 2, nothing changed.
Failure complaint(const Place& place, const std::string& what, const std::string& next);

/// A word of the file between quotes: one line, cut where it is long, without a password it may hold.
std::string in_quotes(std::string_view written);

}  // namespace lastgood
