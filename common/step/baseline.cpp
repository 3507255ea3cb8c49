#include "step/baseline.hpp"

namespace lastgood {

Json to_json(const Baseline& baseline) {
    Json rows = Json::array();
    for (const auto& row : baseline.rows)
        rows.push_back({{"table", row.table},
                        {"oid", row.oid},
                        {"rows", row.rows},
                        {"newer", row.newer},
                        {"perhaps_newer", row.perhaps_newer}});
    return {{"window_begin", baseline.window_begin}, {"fenced", baseline.fenced}, {"rows", rows}};
}

Baseline baseline_of(const RunState& run) {
    Baseline baseline;
    const auto found = run.ended.find("migrate/baseline");
    if (found == run.ended.end()) return baseline;
    const Json& json = found->second;
    baseline.window_begin = json.value("window_begin", "");
    baseline.fenced = json.value("fenced", false);
    for (const auto& row : json.value("rows", Json::array()))
        baseline.rows.push_back({row.value("table", ""), row.value("oid", 0U), row.value("rows", std::uint64_t{0}),
                                 row.value("newer", std::uint64_t{0}), row.value("perhaps_newer", std::uint64_t{0})});
    return baseline;
}

bool writes_were_open(const RunState& run) {
    const auto end = run.notes.find("fenced_to_the_end");
    const bool to_the_end = end != run.notes.end() && end->second.is_boolean() && end->second.get<bool>();
    return run.notes.count("fence_was_down") != 0 || !(baseline_of(run).fenced && to_the_end);
}

}  // namespace lastgood
