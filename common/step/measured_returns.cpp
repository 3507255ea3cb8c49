#include "step/measured_returns.hpp"

#include "core/failure.hpp"
#include "record/environment_ledger.hpp"
#include "record/restore_points.hpp"
#include "record/run_record.hpp"
#include "step/joined_run.hpp"

#include <algorithm>
#include <set>

namespace lastgood {

namespace {

using std::chrono::milliseconds;

/// Of a bucket every event is a question.
constexpr std::size_t k_runs = 5;

void add(std::vector<milliseconds>& times, const RunState& run, const char* action, const char* what) {
    const auto ended = run.ended.find(action);
    if (ended != run.ended.end() && ended->second.contains(what))
        times.emplace_back(ended->second.at(what).get<long long>());
}

void add_rate(std::vector<double>& rates, std::uint64_t rows, long long took_ms) {
    if (rows > 0 && took_ms > 0) rates.push_back(1000.0 * static_cast<double>(rows) / static_cast<double>(took_ms));
}

void read(MeasuredReturns& measured, const RunState& run, const RestorePoints& points, const std::string& scope) {
    add(measured.swaps, run, "rollback/swap", "fenced_ms");
    add(measured.swaps, run, "rollback/swap-back", "fenced_ms");
    add(measured.repoints, run, "rollback/repoint", "took_ms");
    if (const auto restored = run.ended.find("rollback/restore"); restored != run.ended.end())
        add_rate(measured.rows_per_second, restored->second.value("rows", std::uint64_t{0}),
                 restored->second.value("took_ms", 0LL));
    const auto proof = points.proof(restore_point_id(scope, run));
    if (proof && proof->method == "restore") add_rate(measured.rows_per_second, proof->rows, proof->took_ms);
}

template <typename Value>
std::optional<Value> middle(std::vector<Value> values) {
    if (values.empty()) return std::nullopt;
    const auto at = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

}  // namespace

MeasuredReturns measured_returns(Store& store, const std::string& scope, const RestorePoints& points) {
    MeasuredReturns measured;
    const auto openings = EnvironmentLedger(store, scope).openings();
    std::set<std::string> seen;
    for (auto opening = openings.rbegin(); opening != openings.rend() && seen.size() < k_runs; ++opening)
        if (seen.insert(opening->run).second) try {
                read(measured, RunRecord(store, scope, opening->run).state(), points, scope);
            } catch (const Failure&) {  // one that cannot be read measures nothing
            }
    return measured;
}

std::optional<milliseconds> median_of(std::vector<milliseconds> times) {
    return middle(std::move(times));
}

std::optional<double> median_of(std::vector<double> rates) {
    return middle(std::move(rates));
}

}  // namespace lastgood
