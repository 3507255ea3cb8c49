#pragma once

#include "check/before.hpp"
#include "record/event.hpp"

namespace lastgood {

/// What is in the record of an ended baseline. A part that is not there (an older record, or nobody asked) reads as
/// not known.
Json to_json(const Before& before);
Before before_of(const Json& json);

}  // namespace lastgood
