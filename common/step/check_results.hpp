#pragma once

#include "check/check.hpp"
#include "record/event.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// What checks came to, as the record and --json have it.
Json to_json(const CheckResult& result);
Json to_json(const std::vector<CheckResult>& results);

/// "sql (lastgood.yaml:13:11): failed: 1 found, 0 expected".
std::string say(const CheckResult& result);
/// Of those that did not pass, and below each the further differences: the detail of a message.
std::vector<std::string> say_objections(const std::vector<CheckResult>& results);

std::size_t count_of(const std::vector<CheckResult>& results, Verdict verdict);

}  // namespace lastgood
