#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>
#include <cstdio>

namespace lastgood {

namespace {

std::string say_ms(double milliseconds) {
    char text[32];
    std::snprintf(text, sizeof text, milliseconds < 10 ? "%.2f ms" : "%.0f ms", milliseconds);
    return text;
}

std::string trimmed(const std::string& line) {
    return line.substr(std::min(line.find_first_not_of(' '), line.size()));
}

/// The first node that is another one; "" : the plans are the same.
std::string difference_of_plans(const std::vector<std::string>& before, const std::vector<std::string>& now) {
    const auto node = [](const std::vector<std::string>& plan, std::size_t i) {
        return i < plan.size() ? trimmed(plan[i]) : "nothing";
    };
    for (std::size_t i = 0; i < std::max(before.size(), now.size()); ++i) {
        if (i < before.size() && i < now.size() && before[i] == now[i]) continue;
        return "plan: " + node(before, i) + " before, " + node(now, i) + " now";
    }
    return "";
}

/// The server understood it before and does not any more: a column or a table that it needs is gone.
bool is_broken(const QueryTiming& now) {
    return now.sqlstate.starts_with("42");
}

struct Finding {
    Verdict verdict = Verdict::passed;
    std::string sentence;
};

Finding compare(const std::string& name, const QueryTiming* before, const QueryTiming& now,
                const QueriesNotSlowerCheck& check) {
    if (before == nullptr) return {Verdict::unknown, name + ": its time before migrate was not noted"};
    if (!before->trouble.empty()) return {Verdict::unknown, name + ": before migrate: " + before->trouble};
    if (!now.trouble.empty()) return {is_broken(now) ? Verdict::failed : Verdict::unknown, name + ": " + now.trouble};
    const bool slower = now.milliseconds > check.ratio * before->milliseconds &&
                        now.milliseconds > static_cast<double>(check.floor.count());
    const std::string plans = difference_of_plans(before->plan, now.plan);
    const std::string sentence = name + ": " + say_ms(now.milliseconds) + ", " + say_ms(before->milliseconds) +
                                 " before migrate" + (plans.empty() ? "" : "; " + plans);
    return {slower ? Verdict::failed : Verdict::passed, sentence};
}

}  // namespace

CheckResult check_queries_not_slower(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<QueriesNotSlowerCheck>(settings.what);
    if (!context.before) return not_known_before("how long the queries took");
    Session session = reading_session(settings, context);
    Differences slower;
    Differences unclear;
    Differences fine;
    for (const auto& [name, query] : check.queries) {
        const auto before = context.before->queries.find(query);
        const Finding finding = compare(name, before == context.before->queries.end() ? nullptr : &before->second,
                                        time_query(session, query, check.runs, settings.timeout), check);
        Differences& those = finding.verdict == Verdict::failed    ? slower
                             : finding.verdict == Verdict::unknown ? unclear
                                                                   : fine;
        those.add(finding.sentence);
    }
    char ratio[32];
    std::snprintf(ratio, sizeof ratio, "%g", check.ratio);
    Evidence evidence{.expected = "at most " + std::string(ratio) + " times the time before migrate, or " +
                                  say_duration(check.floor)};
    evidence.found =
        std::to_string(slower.count()) + " of " + say_count(check.queries.size(), "query", "queries") + " slower";
    if (!slower.none()) return judged(slower, "", evidence);
    evidence.differences = unclear.none() ? fine.first() : unclear.first();
    if (!unclear.none()) return could_not_tell(unclear.say(), evidence);
    return passed(say_count(check.queries.size(), "query", "queries") + ", none slower", evidence);
}

void remember_queries(const CheckSettings& settings, Session& session, Before& before) {
    const auto& check = std::get<QueriesNotSlowerCheck>(settings.what);
    for (const auto& [name, query] : check.queries) {
        if (!before.queries.contains(query))
            before.queries[query] = time_query(session, query, check.runs, settings.timeout);
    }
}

}  // namespace lastgood
