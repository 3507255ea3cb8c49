#pragma once

#include "database/sequences_beyond.hpp"
#include "record/event.hpp"

namespace lastgood {

/// For the record: where the sequences were before a database was overwritten.
Json to_json(const IssuedNumbers& issued);
IssuedNumbers issued_from(const Json& list);

}  // namespace lastgood
