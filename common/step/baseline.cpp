#include "step/baseline.hpp"

#include "step/before_json.hpp"

namespace lastgood {

Json to_json(const Baseline& baseline) {
    Json json = to_json(baseline.before);
    json["window_begin"] = baseline.window_begin;
    json["fenced"] = baseline.fenced;
    return json;
}

Baseline baseline_of(const RunState& run) {
    Baseline baseline;
    const auto found = run.ended.find("migrate/baseline");
    if (found == run.ended.end()) return baseline;
    const Json& json = found->second;
    baseline.window_begin = json.value("window_begin", "");
    baseline.fenced = json.value("fenced", false);
    baseline.before = before_of(json);
    return baseline;
}

bool writes_were_open(const RunState& run) {
    const auto end = run.notes.find("fenced_to_the_end");
    const bool to_the_end = end != run.notes.end() && end->second.is_boolean() && end->second.get<bool>();
    return run.notes.count("fence_was_down") != 0 || !(baseline_of(run).fenced && to_the_end);
}

LossQuestion window_of(const RunState& run) {
    const Baseline baseline = baseline_of(run);
    LossQuestion question;
    question.window_begin = baseline.window_begin;
    const auto end = run.notes.find("window_end");
    if (end != run.notes.end() && end->second.is_string()) question.window_end = end->second.get<std::string>();
    question.writes_open = writes_were_open(run);
    question.before_migrate = baseline.before.rows;
    return question;
}

}  // namespace lastgood
