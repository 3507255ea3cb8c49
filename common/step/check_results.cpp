#include "step/check_results.hpp"

#include <algorithm>

namespace lastgood {

Json to_json(const CheckResult& result) {
    Json evidence = Json::object();
    const auto add = [&](const char* name, const std::string& text) {
        if (!text.empty()) evidence[name] = text;
    };
    add("asked", result.evidence.asked);
    add("expected", result.evidence.expected);
    add("found", result.evidence.found);
    if (!result.evidence.differences.empty()) evidence["differences"] = result.evidence.differences;
    return {{"check", result.name},    {"place", result.place}, {"verdict", text_of(result.verdict)},
            {"reason", result.reason}, {"asked", result.asked}, {"took_ms", result.took_ms},
            {"evidence", evidence}};
}

Json to_json(const std::vector<CheckResult>& results) {
    Json json = Json::array();
    for (const auto& result : results) json.push_back(to_json(result));
    return json;
}

std::string say(const CheckResult& result) {
    return result.name + " (" + result.place + "): " + text_of(result.verdict) +
           (result.reason.empty() ? "" : ": " + result.reason);
}

std::vector<std::string> say_objections(const std::vector<CheckResult>& results) {
    std::vector<std::string> lines;
    for (const auto& result : results) {
        if (result.verdict == Verdict::passed) continue;
        lines.push_back(say(result));
        for (const auto& difference : result.evidence.differences) {
            if (result.reason.find(difference) == std::string::npos) lines.push_back("  " + difference);
        }
    }
    return lines;
}

std::size_t count_of(const std::vector<CheckResult>& results, Verdict verdict) {
    return static_cast<std::size_t>(
        std::count_if(results.begin(), results.end(), [&](const auto& result) { return result.verdict == verdict; }));
}

}  // namespace lastgood
