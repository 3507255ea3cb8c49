#include "database/query_timing.hpp"

#include "database/session.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using Json = nlohmann::json;
using Clock = std::chrono::steady_clock;

/// A node and, deeper, those below it.
void add_node(const Json& node, std::size_t depth, std::vector<std::string>& plan) {
    std::string line(2 * depth, ' ');
    if (node.value("Parallel Aware", false)) line += "Parallel ";
    line += node.value("Node Type", "?");
    if (node.contains("Index Name")) line += " using " + node.value("Index Name", "");
    for (const char* about : {"Relation Name", "CTE Name", "Function Name"})
        if (node.contains(about)) line += " on " + node.value(about, "");
    plan.push_back(line);
    for (const Json& below : node.value("Plans", Json::array())) add_node(below, depth + 1, plan);
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

QueryTiming measure(Session& session, const std::string& query, int runs, Clock::time_point deadline) {
    QueryTiming timing;
    std::vector<double> times;
    Transaction transaction(session, "BEGIN READ ONLY");
    for (int run = 0; run < runs; ++run) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        session.execute("set local statement_timeout = " + std::to_string(std::max<long long>(left, 1)));
        const Json explained =
            Json::parse(session.value("explain (analyze, timing off, format json) " + query).value_or("")).at(0);
        times.push_back(explained.value("Planning Time", 0.0) + explained.value("Execution Time", 0.0));
        timing.plan.clear();
        add_node(explained.at("Plan"), 0, timing.plan);
    }
    timing.milliseconds = median(times);
    return timing;
}

}  // namespace

QueryTiming time_query(Session& session, const std::string& query, int runs, std::chrono::milliseconds timeout) {
    try {
        return measure(session, query, runs, Clock::now() + timeout);
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        return {.trouble = error.primary(), .sqlstate = error.sqlstate()};
    }
}

}  // namespace lastgood
