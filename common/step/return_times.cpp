// How long a return is expected to take.
#include "core/quantity.hpp"
#include "step/return_cost.hpp"

namespace lastgood {

namespace {

using std::chrono::milliseconds;

/// What a swap takes where nothing is measured yet, and after which it gives up.
constexpr milliseconds k_usual_swap{100};
constexpr milliseconds k_longest_swap{10000};

std::optional<milliseconds> took(const RunState& run, const char* action) {
    const auto ended = run.ended.find(action);
    if (ended == run.ended.end() || !ended->second.contains("took_ms")) return std::nullopt;
    return milliseconds(ended->second.at("took_ms").get<long long>());
}

EstimatedTime restoring(const CostFacts& facts) {
    if (facts.proof && facts.proof->method == "restore" && facts.proof->took_ms > 0)
        return {milliseconds(facts.proof->took_ms), "as when it was proven"};
    const auto rate = median_of(facts.measured.rows_per_second);
    std::uint64_t rows = 0;
    for (const auto& table : facts.manifest.contents.tables) rows += table.rows;
    if (rate && *rate > 0)
        return {milliseconds(static_cast<long long>(1000.0 * static_cast<double>(rows) / *rate)),
                "at the rate of earlier restores here, " + std::to_string(static_cast<long long>(*rate)) +
                    " rows a second"};
    return {std::nullopt, "nothing was ever restored here to measure it"};
}

EstimatedTime swapping(const MeasuredReturns& measured) {
    if (const auto median = median_of(measured.swaps))
        return {*median, "the median of " + say_count(measured.swaps.size(), "swap") + " here"};
    return {k_usual_swap, "usual, not measured here yet; it gives up after " + say_duration(k_longest_swap)};
}

EstimatedTime repointing(const CostFacts& facts) {
    if (const auto median = median_of(facts.measured.repoints))
        return {*median, "the median of " + say_count(facts.measured.repoints.size(), "return") + " here"};
    for (const char* action : {"migrate/deploy", "migrate/migrate"})
        if (const auto time = took(facts.run, action)) return {*time, "as the deploy of this run took"};
    return {std::nullopt, "no deploy of this environment is measured yet"};
}

EstimatedTime sum(const EstimatedTime& one, const EstimatedTime& other) {
    if (!one.takes) return one;
    if (!other.takes) return other;
    return {*one.takes + *other.takes, one.from + ", and " + other.from};
}

EstimatedTime backing_up(const CostFacts& facts) {
    if (const auto time = took(facts.run, "backup-capture/capture"))
        return {*time, "a backup of what is live as the capture took"};
    return {std::nullopt, "how long a backup of what is live takes is not measured"};
}

EstimatedTime releasing(const RunState& run) {
    milliseconds all{0};
    for (const auto& [action, data] : run.ended)
        if (!action.starts_with("rollback/")) all += took(run, action.c_str()).value_or(milliseconds(0));
    if (all.count() == 0) return {std::nullopt, "this run has no times to go by yet"};
    return {all, "as this run's steps have taken so far"};
}

}  // namespace

void estimate_times(ReturnCost& cost, const CostFacts& facts) {
    const EstimatedTime none{milliseconds(0), ""};
    const EstimatedTime restore = restoring(facts);
    const bool beside = cost.way == ReturnWay::standby || cost.way == ReturnWay::restore;
    cost.preparation = cost.way == ReturnWay::restore || cost.way == ReturnWay::instance ? restore : none;
    if (cost.way == ReturnWay::cluster)
        cost.outage = restore;
    else if (cost.way == ReturnWay::in_place)
        cost.outage = sum(restore, backing_up(facts));
    else
        cost.outage = beside && !facts.repoints ? swapping(facts.measured) : repointing(facts);
    // Who is kept out already waits for all of it.
    if (!cost.kept_out_since.empty() && cost.preparation.takes != milliseconds(0)) {
        cost.outage = sum(cost.preparation, cost.outage);
        cost.preparation = none;
    }
    cost.forward = releasing(facts.run);
}

}  // namespace lastgood
