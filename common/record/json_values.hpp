#pragma once

#include "core/facts.hpp"
#include "record/event.hpp"
#include "record/restore_points.hpp"

namespace lastgood {

// Values as they stand in records. Field names are part of the format; a missing optional field reads as its default.
Json to_json(const Revision& value);
Json to_json(const DatabaseIdentity& value);
Json to_json(const DatabaseProperties& value);
Json to_json(const SchemaState& value);
Json to_json(const ContentFacts& value);
Json to_json(const LossReport& value);
Json to_json(const Manifest& value);
Json to_json(const Proof& value);

template <typename Value>
Value value_from_json(const Json& json);
template <>
Revision value_from_json(const Json& json);
template <>
DatabaseIdentity value_from_json(const Json& json);
template <>
DatabaseProperties value_from_json(const Json& json);
template <>
SchemaState value_from_json(const Json& json);
template <>
ContentFacts value_from_json(const Json& json);
template <>
LossReport value_from_json(const Json& json);
template <>
Manifest value_from_json(const Json& json);
template <>
Proof value_from_json(const Json& json);

}  // namespace lastgood
