#include "report/gather.hpp"

#include "core/quantity.hpp"
#include "report/attempts.hpp"
#include "report/gathered_data.hpp"
#include "report/intervals.hpp"
#include "report/loose_fields.hpp"
#include "report/next_command.hpp"
#include "report/verdict.hpp"

#include <algorithm>
#include <stdexcept>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

std::optional<Time> read_time(const std::string& text) {
    try {
        return parse_time(text);
    } catch (const std::invalid_argument&) {
        return std::nullopt;
    }
}

const Interval* find_action(const std::vector<Interval>& timeline, const std::string& step, const std::string& name) {
    const auto found = std::find_if(timeline.rbegin(), timeline.rend(), [&](const Interval& interval) {
        return interval.kind == Interval::Kind::action && interval.step == step && interval.name == name;
    });
    return found == timeline.rend() ? nullptr : &*found;
}

std::string say_proof(const std::optional<Proof>& proof, const RunState& run) {
    const std::string method = proof ? proof->method : text_in(ended_data(run, "backup-capture/prove"), "method");
    if (method == "list") return "read back, not restored";
    if (method != "restore") return "not proven";
    return "restored and compared" + (proof && !proof->where.empty() ? ", " + proof->where : "");
}

/// How old it is when it matters: when the migration began, or as long as it has not.
std::optional<Milliseconds> age_of(const ReportedPoint& point, const RunState& run, const Report& report, Time now) {
    const auto taken = read_time(point.taken_at);
    if (!taken) return std::nullopt;
    for (const auto& interval : report.timeline)
        if (interval.step == "migrate" && interval.name == "migrate" && interval.kind == Interval::Kind::action)
            return std::max(Milliseconds(0), interval.begin - *taken);
    if (!run.open()) return std::nullopt;
    return std::max(Milliseconds(0), now - *taken);
}

std::optional<ReportedPoint> point_of(const ReportSources& sources, const RunState& run, const Report& report) {
    const Json& captured = ended_data(run, "backup-capture/capture");
    ReportedPoint point;
    point.id = sources.manifest ? sources.manifest->id : text_in(captured, "restore_point");
    if (point.id.empty()) return std::nullopt;
    point.taken_at = text_in(captured, "taken_at");
    point.engine = text_in(captured, "engine");
    point.bytes = count_in(captured, "bytes");
    point.rows = count_in(captured, "rows");
    point.tables = count_in(captured, "tables");
    point.proof = say_proof(sources.proof, run);
    point.standby =
        sources.proof ? sources.proof->standby : text_in(ended_data(run, "backup-capture/prove"), "standby");
    point.trouble = sources.trouble;
    if (sources.manifest) {
        const Manifest& manifest = *sources.manifest;
        std::uint64_t bytes = 0;
        std::uint64_t rows = 0;
        for (const auto& object : manifest.objects) bytes += object.size;
        for (const auto& table : manifest.contents.tables) rows += table.rows;
        point.taken_at = manifest.taken_at;
        point.engine = manifest.engine;
        point.encryption = manifest.encryption;
        point.bytes = bytes;
        point.rows = rows;
        point.tables = manifest.contents.tables.size();
    } else if (point.trouble.empty()) {
        point.trouble = "it is not in the store any more";
    }
    point.age = age_of(point, run, report, sources.now);
    return point;
}

const GoodRelease* release_of_run(const ReportSources& sources) {
    const auto found = std::find_if(sources.good.rbegin(), sources.good.rend(),
                                    [&](const GoodRelease& good) { return good.run == sources.run; });
    return found == sources.good.rend() ? nullptr : &*found;
}

/// What the run began from: the good release that its restore point fits.
ReportedPair pair_before(const ReportSources& sources, const RunState& run, const Report& report) {
    ReportedPair pair;
    pair.data = report.point ? "restore point " + report.point->id : "";
    const Json& captured = ended_data(run, "backup-capture/capture");
    if (sources.manifest) {
        pair.release = sources.manifest->fits;
        pair.commit = sources.manifest->fits_revision.commit;
    } else if (const auto fits = count_in(captured, "fits"); fits && *fits < 1'000'000) {
        pair.release = static_cast<int>(*fits);
        pair.commit = text_in(captured, "fits_commit");
    }
    return pair;
}

ReportedPair pair_after(const ReportSources& sources, const RunState& run, const Report& report) {
    if (run.outcome == Outcome::rolled_back && run.notes.count("undone") == 0) {
        ReportedPair pair = report.before;
        if (run.touched() && report.point) pair.data = "the live database, back at " + report.point->id;
        if (!run.touched()) pair.data = "the live database, which was never touched";
        return pair;
    }
    if (run.outcome == Outcome::good) {
        const GoodRelease* good = release_of_run(sources);
        return {good != nullptr ? std::optional(good->number) : std::nullopt, run.revision.commit, "the live database"};
    }
    if (!run.touched()) {
        ReportedPair pair = report.before;
        pair.data = "the live database, as it was";
        return pair;
    }
    return {std::nullopt, run.revision.commit, "the live database, migrated and not judged good"};
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
