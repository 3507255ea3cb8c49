#include "report/gathered_data.hpp"

#include "core/quantity.hpp"
#include "report/loose_fields.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace lastgood {

namespace {

/// What a rollback leaves behind, in whatever way it returns.
const Json& losses_of(const RunState& run) {
    for (const char* action :
         {"rollback/swap", "rollback/return-cluster", "rollback/restore-over", "rollback/set-aside"})
        if (const Json& losses = object_in(ended_data(run, action), "losses"); !losses.empty()) return losses;
    return object_in(Json::object(), "");
}

std::vector<std::string> effects_of(const Json& change) {
    std::vector<std::string> effects;
    for (const char* kind : {"created", "rewritten", "dropped"}) {
        const std::string verb = std::string(kind) == "created"     ? "creates "
                                 : std::string(kind) == "rewritten" ? "rewrites "
                                                                    : "drops ";
        for (const auto& name : texts_in(change, kind)) effects.push_back(verb + name);
    }
    for (const Json& rows : list_in(change, "rows"))
        for (const char* what : {"inserted", "updated", "deleted"})
            if (const auto count = count_in(rows, what); count.value_or(0) > 0)
                effects.push_back(say_count(*count, "row") + " " + what + " in " + text_in(rows, "table"));
    return effects;
}

void add_applied(std::vector<ReportedMigration>& all, const std::string& name,
                 const std::optional<std::chrono::milliseconds>& took) {
    auto known = std::find_if(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
    if (known == all.end()) known = all.insert(all.end(), ReportedMigration{.name = name});
    known->applied = true;
    if (took) known->took = took;
}

void add_longest(std::optional<std::chrono::milliseconds>& known,
                 const std::optional<std::chrono::milliseconds>& held) {
    if (held) known = std::max(known.value_or(std::chrono::milliseconds(0)), *held);
}

Tone tone_of_verdict(const std::string& verdict) {
    if (verdict == "passed") return Tone::good;
    return verdict == "failed" ? Tone::bad : Tone::open;
}

}  // namespace

const Json& ended_data(const RunState& run, const char* step_and_action) {
    static const Json none = Json::object();
    const auto found = run.ended.find(step_and_action);
    return found == run.ended.end() ? none : found->second;
}

std::vector<ReportedTable> tables_of(const RunState& run, const std::optional<Manifest>& manifest) {
    std::map<std::string, ReportedTable> tables;
    if (manifest) {
        for (const TableFacts& table : manifest->contents.tables) {
            ReportedTable& reported = tables[table.qualified()];
            reported.captured = table.rows;
            reported.digest = table.digest;
        }
    }
    for (const Json& row : list_in(ended_data(run, "migrate/baseline"), "rows")) {
        ReportedTable& reported = tables[text_in(row, "table")];
        reported.before = count_in(row, "rows");
        reported.newer = count_in(row, "newer");
    }
    for (const Json& loss : list_in(losses_of(run), "tables")) {
        ReportedTable& reported = tables[text_in(loss, "table")];
        reported.lost = count_in(loss, "certain");
        reported.perhaps_lost = count_in(loss, "possible").value_or(0);
        reported.upper_bound = flag_in(loss, "upper_bound");
        reported.note = text_in(loss, "note");
    }
    std::vector<ReportedTable> list;
    for (auto& [name, table] : tables) {
        table.name = name;
        list.push_back(std::move(table));
    }
    return list;
}

std::vector<ReportedMigration> migrations_of(const RunState& run) {
    std::vector<ReportedMigration> all;
    for (const Json& rehearsed : list_in(object_in(ended_data(run, "migrate/rehearse"), "predicted"), "migrations")) {
        const Json& change = object_in(rehearsed, "change");
        all.push_back({.name = text_in(rehearsed, "name"),
                       .predicted = milliseconds_in(rehearsed, "took_ms"),
                       .wal = count_in(change, "wal"),
                       .effects = effects_of(change)});
    }
    const Json& ended = ended_data(run, "migrate/migrate");
    const Json& took = object_in(object_in(ended, "happened"), "took_ms");
    for (const auto& name : texts_in(ended, "done")) add_applied(all, name, milliseconds_in(took, name.c_str()));
    if (!all.empty()) return all;
    // Nothing is known of what became of them; what was to run was written before.
    if (const auto begun = run.first_begun.find("migrate/migrate"); begun != run.first_begun.end())
        for (const auto& name : texts_in(begun->second, "pending")) all.push_back({.name = name});
    return all;
}

std::vector<ReportedLock> locks_of(const RunState& run) {
    std::map<std::pair<std::string, std::string>, ReportedLock> locks;
    const auto at = [&](const Json& lock) -> ReportedLock& {
        ReportedLock& known = locks[{text_in(lock, "table"), text_in(lock, "mode")}];
        known.table = text_in(lock, "table");
        known.mode = text_in(lock, "mode");
        return known;
    };
    for (const Json& migration : list_in(object_in(ended_data(run, "migrate/rehearse"), "predicted"), "migrations"))
        for (const Json& lock : list_in(migration, "locks"))
            add_longest(at(lock).predicted, milliseconds_in(lock, "held_ms"));
    for (const Json& lock : list_in(object_in(ended_data(run, "migrate/migrate"), "happened"), "locks"))
        add_longest(at(lock).held, milliseconds_in(lock, "held_ms"));
    std::vector<ReportedLock> list;
    for (auto& [key, lock] : locks) list.push_back(std::move(lock));
    return list;
}

std::vector<ReportedCheck> checks_in(const Json& list) {
    std::vector<ReportedCheck> checks;
    if (!list.is_array()) return checks;
    for (const Json& check : list) {
        const Json& evidence = object_in(check, "evidence");
        const std::string verdict = text_in(check, "verdict");
        checks.push_back({text_in(check, "check"), text_in(check, "place"), verdict, tone_of_verdict(verdict),
                          text_in(check, "reason"), text_in(evidence, "asked"), text_in(evidence, "expected"),
                          text_in(evidence, "found"), texts_in(evidence, "differences"),
                          milliseconds_in(check, "took_ms").value_or(std::chrono::milliseconds(0))});
    }
    return checks;
}

std::string way_down_of(const RunState& run) {
    const Json& down = object_in(ended_data(run, "migrate/rehearse"), "down");
    if (!flag_in(down, "tried")) return "";
    if (!flag_in(down, "proven")) return "The way down was tried and is none: " + text_in(down, "why_not");
    const auto took = milliseconds_in(down, "took_ms");
    return "The way down was tried" + (took ? " in " + say_duration(*took) : std::string()) +
           ": schema and digests were those of the restore point again";
}

}  // namespace lastgood
