#include "report/history.hpp"

#include "core/failure.hpp"
#include "record/run_record.hpp"
#include "report/attempts.hpp"
#include "report/gathered_data.hpp"
#include "report/intervals.hpp"
#include "report/loose_fields.hpp"
#include "report/verdict.hpp"

#include <algorithm>
#include <map>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

void add_durations(HistoryLine& line, const std::vector<Interval>& timeline) {
    for (const auto& interval : timeline) {
        if (interval.kind == Interval::Kind::step)
            line.worked = line.worked.value_or(Milliseconds(0)) + interval.took();
        if (interval.kind == Interval::Kind::action && interval.step == "migrate" && interval.name == "migrate")
            line.migrated = line.migrated.value_or(Milliseconds(0)) + interval.took();
    }
}

}  // namespace

HistoryLine history_line(const Opening& opening, const std::vector<Event>& events) {
    HistoryLine line;
    line.run = opening.run;
    line.attempt = opening.attempt;
    line.commit = opening.revision.commit;
    line.at = opening.at;
    line.actor = opening.host;
    line.outcome = "Nothing recorded";
    const auto attempts = attempts_of(opening.run, events);
    const auto found = std::find_if(attempts.begin(), attempts.end(),
                                    [&](const Attempt& attempt) { return attempt.state.attempt == opening.attempt; });
    if (found == attempts.end()) return line;
    const RunState& run = found->state;
    const RunVerdict verdict = verdict_of(run, std::nullopt);
    line.tone = verdict.tone;
    line.outcome = verdict.words;
    line.why = run.why;
    add_durations(line, intervals_of(found->events));
    if (const auto held = run.notes.find("held_ms"); held != run.notes.end())
        line.held = milliseconds_in(Json{{"ms", held->second}}, "ms");
    const Json& captured = ended_data(run, "backup-capture/capture");
    line.bytes = count_in(captured, "bytes");
    line.rows = count_in(captured, "rows");
    return line;
}

ReleaseHistory read_history(Store& store, const std::string& scope, const std::string& written_by) {
    ReleaseHistory history{scope, {}, say_time(now()), written_by};
    std::map<std::string, std::vector<Event>> events;
    for (const auto& opening : EnvironmentLedger(store, scope).openings()) {
        auto known = events.find(opening.run);
        if (known == events.end())
            known = events.emplace(opening.run, RunRecord(store, scope, opening.run).events()).first;
        try {
            history.lines.push_back(history_line(opening, known->second));
        } catch (const Failure& failure) {
            // One record that somebody altered must not hide all others.
            history.lines.push_back({.run = opening.run,
                                     .attempt = opening.attempt,
                                     .commit = opening.revision.commit,
                                     .at = opening.at,
                                     .outcome = "Cannot be read",
                                     .why = failure.what_happened()});
        }
    }
    return history;
}

}  // namespace lastgood
