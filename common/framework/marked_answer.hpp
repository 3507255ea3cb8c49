#pragma once

#include "framework/framework.hpp"

#include <string>

#include <nlohmann/json.hpp>

namespace lastgood {

/// The JSON behind "lastgood-answer:" in what a question inside of a foreign program printed: whatever that prints
/// around it is its own. Discarded (is_discarded()) if there is none.
nlohmann::json marked_answer(const std::string& output);

/// {lock_timeout, application_name, database, oid, system}; not known where `answer` is no such thing.
GuardSeen guard_in(const nlohmann::json& answer);

}  // namespace lastgood
