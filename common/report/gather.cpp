#include "report/gather.hpp"

#include "core/quantity.hpp"
#include "report/attempts.hpp"
#include "report/gathered_data.hpp"
#include "report/gathered_pair.hpp"
#include "report/intervals.hpp"
#include "report/loose_fields.hpp"
#include "report/next_command.hpp"
#include "report/verdict.hpp"

#include <algorithm>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

const Interval* find_action(const std::vector<Interval>& timeline, const std::string& step, const std::string& name) {
    const auto found = std::find_if(timeline.rbegin(), timeline.rend(), [&](const Interval& interval) {
        return interval.kind == Interval::Kind::action && interval.step == step && interval.name == name;
    });
    return found == timeline.rend() ? nullptr : &*found;
}

std::string outcome_of(const Interval* interval, Tone& tone) {
    if (interval == nullptr) return "not begun";
    tone = interval->tone;
    const std::string took = " in " + say_duration(interval->took());
    if (interval->outcome.empty()) return "done" + took;
    return interval->outcome + (interval->ended ? took : "") +
           (interval->outcome == "failed" && !interval->what.empty() ? ": " + interval->what : "");
}

/// A plan stands with the first action that was begun for it, or with the step's end if there was nothing to do.
std::vector<ReportedPlan> plans_of(const std::vector<Event>& events, const std::vector<Interval>& timeline) {
    std::vector<ReportedPlan> plans;
    for (const Event& event : events) {
        const Json& plan = object_in(event.data, "plan");
        if (plan.empty() || event.step.empty()) continue;
        ReportedPlan reported{event.step, text_in(plan, "reason"), texts_in(plan, "remarks"), {}};
        for (const Json& action : list_in(plan, "actions")) {
            ReportedPlan::Action said{text_in(action, "summary"), flag_in(action, "reversible"), "", Tone::plain};
            said.outcome = outcome_of(find_action(timeline, event.step, text_in(action, "id")), said.tone);
            reported.actions.push_back(std::move(said));
        }
        // Of a step that was started again, the newest counts.
        std::erase_if(plans, [&](const ReportedPlan& known) { return known.step == event.step; });
        plans.push_back(std::move(reported));
    }
    return plans;
}

void add_rate(Report& report, const char* step, const char* action, const std::string& what,
              std::optional<std::uint64_t> bytes, std::optional<std::uint64_t> rows) {
    const Interval* interval = find_action(report.timeline, step, action);
    if (interval == nullptr || !interval->ended || !interval->outcome.empty()) return;
    report.rates.push_back({what, bytes, rows, interval->took()});
}

void gather_rates(Report& report, const RunState& run) {
    if (!report.point) return;
    const auto& [bytes, rows] = std::pair(report.point->bytes, report.point->rows);
    add_rate(report, "backup-capture", "capture", "capture the restore point", bytes, rows);
    add_rate(report, "backup-capture", "prove", "prove it", bytes, rows);
    add_rate(report, "rollback", "restore", "restore it for the rollback", bytes,
             count_in(ended_data(run, "rollback/restore"), "rows"));
    add_rate(report, "rollback", "restore-over", "restore it over the live database", bytes, rows);
    add_rate(report, "rollback", "return-cluster", "restore the cluster", bytes, rows);
    add_rate(report, "rollback", "swap", "swap the databases", std::nullopt, std::nullopt);
}

void gather_outage(Report& report, const RunState& run) {
    if (const auto held = run.notes.find("held_ms"); held != run.notes.end())
        report.held = milliseconds_in(Json{{"ms", held->second}}, "ms");
    for (const char* action : {"rollback/swap", "rollback/swap-back"})
        if (const auto fenced = milliseconds_in(ended_data(run, action), "fenced_ms"))
            report.gap = report.gap.value_or(Milliseconds(0)) + *fenced;
}

void gather_kept(Report& report, const RunState& run) {
    const std::string failed = text_in(ended_data(run, "rollback/swap"), "failed_database");
    const std::string returned = text_in(ended_data(run, "rollback/swap-back"), "returned_database");
    const std::string over = text_in(ended_data(run, "rollback/restore-over"), "kept");
    if (!failed.empty()) report.kept.push_back("the failed database, as " + failed);
    if (!returned.empty()) report.kept.push_back("the database that the undo swapped out, as " + returned);
    if (!over.empty()) report.kept.push_back("what was live, as the platform's backup " + over);
}

void gather_attempt(Report& report, const ReportSources& sources, const Attempt& attempt) {
    const RunState& run = attempt.state;
    report.attempt = run.attempt;
    report.actor = run.actor;
    report.branch = run.branch;
    report.commit = run.revision.commit;
    report.hotfix = run.hotfix;
    report.begun_at = run.begun_at;
    report.last_at = run.last_at;
    report.next = next_of(run);
    report.timeline = intervals_of(attempt.events);
    report.point = point_of(sources, run, report);
    report.before = pair_before(sources, run, report);
    report.after = pair_after(sources, run, report);
    report.plans = plans_of(attempt.events, report.timeline);
    report.migrations = migrations_of(run);
    report.way_down = way_down_of(run);
    report.rehearsed_checks = checks_in(list_in(ended_data(run, "migrate/rehearse"), "checks"));
    if (const auto verdict = run.notes.find("verdict"); verdict != run.notes.end())
        report.checks = checks_in(list_in(verdict->second, "checks"));
    report.locks = locks_of(run);
    const Json& happened = object_in(ended_data(run, "migrate/migrate"), "happened");
    report.longest_queue = milliseconds_in(happened, "longest_queue_ms");
    if (const auto tries = count_in(happened, "tries"); tries && *tries < 1'000'000)
        report.tries = static_cast<int>(*tries);
    report.tables = tables_of(run, sources.manifest);
    report.keyed_digests = sources.manifest && !sources.manifest->encryption.empty();
    gather_outage(report, run);
    gather_rates(report, run);
    gather_kept(report, run);
}

}  // namespace

Report gather(const ReportSources& sources) {
    Report report;
    report.scope = sources.scope;
    report.run = sources.run;
    report.record = sources.record;
    report.written_at = say_time(sources.now);
    report.written_by = sources.written_by;
    const auto attempts = attempts_of(sources.run, sources.events);
    const RunState run = attempts.empty() ? RunState{} : attempts.back().state;
    const GoodRelease* good = release_of_run(sources);
    const RunVerdict verdict = verdict_of(run, good != nullptr ? std::optional(good->number) : std::nullopt);
    report.tone = verdict.tone;
    report.verdict = verdict.words;
    report.sentence = verdict.sentence;
    if (attempts.empty()) {
        report.next = "lastgood status";
        return report;
    }
    gather_attempt(report, sources, attempts.back());
    for (auto attempt = attempts.begin(); attempt + 1 != attempts.end(); ++attempt)
        report.earlier.push_back({attempt->state.attempt, attempt->state.begun_at,
                                  verdict_of(attempt->state, std::nullopt).words, attempt->state.why});
    return report;
}

}  // namespace lastgood
