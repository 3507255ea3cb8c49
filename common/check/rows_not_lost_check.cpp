#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>
#include <optional>

namespace lastgood {

namespace {

/// The same table, whatever its name is now; else the one that has its name now.
const RowCount* table_now(const std::vector<RowCount>& now, const RowCount& before) {
    auto found = std::find_if(now.begin(), now.end(), [&](const auto& each) { return each.oid == before.oid; });
    if (found == now.end()) {
        found = std::find_if(now.begin(), now.end(), [&](const auto& each) { return each.table == before.table; });
    }
    return found == now.end() ? nullptr : &*found;
}

std::optional<std::uint64_t> tolerance_for(const RowsNotLostCheck& check, const std::string& table) {
    for (const auto& [written, rows] : check.per_table) {
        if (means(written, table)) return rows;
    }
    return check.tolerance;
}

/// "": nothing was lost, or no more than is tolerated.
struct Shortfall {
    std::string sentence;
    Verdict verdict = Verdict::passed;
};

Shortfall shortfall_of(const RowCount& before, const RowCount* now, const RowsNotLostCheck& check, bool writes_open) {
    const std::uint64_t rows = now == nullptr ? 0 : now->rows;
    if (rows >= before.rows) return {};
    const auto tolerance = tolerance_for(check, before.table);
    if (tolerance && before.rows - rows <= *tolerance) return {};
    const std::string sentence = before.table + ": " + (now == nullptr ? "the table is gone" : say_count(rows, "row")) +
                                 ", " + std::to_string(before.rows) + " when migrate began";
    // Live traffic may have deleted rows; it does not drop tables.
    const bool explained = writes_open && !tolerance && now != nullptr;
    return {sentence, explained ? Verdict::unknown : Verdict::failed};
}

bool is_looked_at(const RowsNotLostCheck& check, const std::string& table) {
    return (check.only.empty() || any_means(check.only, table)) && !any_means(check.except, table);
}

/// A name that no table had is a mistake in the pipeline, and must not pass for "nothing was lost".
std::string unknown_name(const RowsNotLostCheck& check, const std::vector<RowCount>& before) {
    for (const auto& written : check.only) {
        const bool known =
            std::any_of(before.begin(), before.end(), [&](const RowCount& each) { return means(written, each.table); });
        if (!known) return written;
    }
    return "";
}

}  // namespace

CheckResult check_rows_not_lost(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<RowsNotLostCheck>(settings.what);
    if (!context.before) return could_not_tell("it is not known how many rows there were when migrate began");
    const std::string unknown = unknown_name(check, context.before->rows);
    if (!unknown.empty()) return could_not_tell("there was no table \"" + unknown + "\" when migrate began");
    const auto now = count_rows(reading_order(settings, context), "").tables;
    Differences lost;
    Differences explained;
    std::size_t tables = 0;
    std::uint64_t rows = 0;
    for (const auto& before : context.before->rows) {
        if (!is_looked_at(check, before.table)) continue;
        ++tables;
        rows += before.rows;
        const auto shortfall = shortfall_of(before, table_now(now, before), check, context.writes_open);
        if (shortfall.verdict == Verdict::failed) lost.add(shortfall.sentence);
        if (shortfall.verdict == Verdict::unknown) explained.add(shortfall.sentence);
    }
    Evidence evidence{.expected = say_count(rows, "row") + " or more in " + say_count(tables, "table")};
    evidence.found = "fewer in " + std::to_string(lost.count() + explained.count());
    if (!lost.none() || explained.none()) return judged(lost, say_count(tables, "table") + ", no rows lost", evidence);
    evidence.differences = explained.first();
    return could_not_tell(explained.say() + " (live traffic could explain it; a tolerance would judge it strictly)",
                          evidence);
}

}  // namespace lastgood
