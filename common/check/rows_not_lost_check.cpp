#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>
#include <optional>

namespace lastgood {

namespace {

constexpr std::size_t k_named_tables = 5;

/// "orders" and "public.orders" both mean public.orders.
bool means(const std::string& written, const std::string& qualified) {
    return qualified == written || qualified.ends_with("." + written);
}

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

struct Shortfall {
    std::string sentence;
    Verdict verdict;
};

/// None: nothing was lost, or no more than is tolerated.
std::optional<Shortfall> shortfall_of(const RowCount& before, const RowCount* now, const RowsNotLostCheck& check,
                                      bool writes_open) {
    const std::uint64_t rows = now == nullptr ? 0 : now->rows;
    if (rows >= before.rows) return std::nullopt;
    const auto tolerance = tolerance_for(check, before.table);
    if (tolerance && before.rows - rows <= *tolerance) return std::nullopt;
    const std::string sentence = before.table + ": " + (now == nullptr ? "the table is gone" : say_count(rows, "row")) +
                                 ", " + std::to_string(before.rows) + " when migrate began";
    // Live traffic may have deleted rows; it does not drop tables.
    const bool explained = writes_open && !tolerance && now != nullptr;
    return Shortfall{sentence, explained ? Verdict::unknown : Verdict::failed};
}

std::string say(const std::vector<Shortfall>& shortfalls) {
    std::string text;
    for (std::size_t i = 0; i < std::min(shortfalls.size(), k_named_tables); ++i) {
        text += (i == 0 ? "" : "; ") + shortfalls[i].sentence;
    }
    if (shortfalls.size() > k_named_tables) {
        text += "; and " + say_count(shortfalls.size() - k_named_tables, "more table");
    }
    return text;
}

}  // namespace

CheckResult check_rows_not_lost(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<RowsNotLostCheck>(settings.what);
    if (!context.baseline) return could_not_tell("it is not known how many rows there were when migrate began");
    Session session = reading_session(settings, context);
    const auto now = count_rows(session, "").tables;
    std::vector<Shortfall> shortfalls;
    for (const auto& before : *context.baseline) {
        if (std::any_of(check.except.begin(), check.except.end(),
                        [&](const auto& written) { return means(written, before.table); })) {
            continue;
        }
        const auto shortfall = shortfall_of(before, table_now(now, before), check, context.writes_open);
        if (shortfall) shortfalls.push_back(*shortfall);
    }
    if (shortfalls.empty()) return passed(say_count(context.baseline->size(), "table") + ", no rows lost");
    std::stable_sort(shortfalls.begin(), shortfalls.end(), [](const auto& a, const auto& b) {
        return a.verdict == Verdict::failed && b.verdict != Verdict::failed;
    });
    if (shortfalls.front().verdict == Verdict::failed) return failed(say(shortfalls));
    return could_not_tell(say(shortfalls) + " (live traffic could explain it; a tolerance would judge it strictly)");
}

}  // namespace lastgood
