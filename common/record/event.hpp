#pragma once

#include "nlohmann/json.hpp"

#include <string>

namespace lastgood {

using Json = nlohmann::json;

/// Format of everything this folder writes. Older ones stay readable; a newer one is refused by name.
constexpr int k_record_format = 1;

/// One event of a run: runs/<run id>/000007.json. Types, and what `data` holds, are listed in record/README.md.
struct Event {
    int number = 0;    ///< from 1, without gaps
    std::string type;  ///< "run-begun", "step-begun", "action-begun", "action-ended", "step-ended", "run-closed", ...
    std::string at;    ///< say_time(), this machine's clock
    std::string step;  ///< "migrate", "" for events of the run itself
    Json data = Json::object();
};

Json to_json(const Event& event);
/// Throws Failure (3) on a newer format, Failure (4) on bytes that are no event of ours.
Event event_from_json(const std::string& bytes, const std::string& key);

}  // namespace lastgood
