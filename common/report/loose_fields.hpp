#pragma once

#include "record/event.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

// Fields of a record for a report, which shows what is there: what is missing, or of another type, reads as nothing.

/// Null if `json` is no object or has no such field.
const Json* field_in(const Json& json, const char* name);
/// An empty object if there is none.
const Json& object_in(const Json& json, const char* name);
/// An empty array if there is none.
const Json& list_in(const Json& json, const char* name);
std::string text_in(const Json& json, const char* name);
std::vector<std::string> texts_in(const Json& json, const char* name);
bool flag_in(const Json& json, const char* name);
std::optional<std::uint64_t> count_in(const Json& json, const char* name);
std::optional<std::chrono::milliseconds> milliseconds_in(const Json& json, const char* name);

}  // namespace lastgood
