#include "step/rehearsal_report.hpp"

#include "core/quantity.hpp"
#include "step/check_results.hpp"

#include <algorithm>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

Json to_json(const Change& change) {
    Json rows = Json::array();
    for (const auto& table : change.rows)
        rows.push_back({{"table", table.table},
                        {"inserted", table.inserted},
                        {"updated", table.updated},
                        {"deleted", table.deleted}});
    return {{"wal", change.wal},
            {"created", change.created},
            {"dropped", change.dropped},
            {"rewritten", change.rewritten},
            {"rows", rows}};
}

Json to_json(const RehearsedMigration& migration) {
    Json locks = Json::array();
    for (const auto& lock : migration.locks)
        locks.push_back({{"table", lock.table}, {"mode", lock.mode}, {"held_ms", lock.held.count()}});
    return {{"name", migration.name},
            {"took_ms", migration.took.count()},
            {"locks", locks},
            {"change", to_json(migration.change)}};
}

std::string listed(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text;
}

std::string say_rows(const Change::Rows& rows) {
    std::string text;
    const auto add = [&](std::uint64_t count, const char* what) {
        if (count > 0) text += (text.empty() ? "" : ", ") + say_count(count, "row") + " " + what;
    };
    add(rows.inserted, "inserted");
    add(rows.updated, "updated");
    add(rows.deleted, "deleted");
    return text + " in " + rows.table;
}

/// Locks behind which nobody but another migration waits say little.
bool worth_saying(const MigrationWatch::HeldLock& lock) {
    return lock.mode != "RowExclusiveLock" && lock.mode != "RowShareLock";
}

}  // namespace

Milliseconds RehearsalReport::took() const {
    Milliseconds all{0};
    for (const auto& migration : migrations) all += migration.took;
    return all;
}

std::uint64_t RehearsalReport::wal() const {
    std::uint64_t all = 0;
    for (const auto& migration : migrations) all += migration.change.wal;
    return all;
}

Json to_json(const RehearsalReport& report) {
    Json migrations = Json::array();
    for (const auto& migration : report.migrations) migrations.push_back(to_json(migration));
    return {{"server", report.server},
            {"isolated", report.isolated},
            {"predicted", {{"took_ms", report.took().count()}, {"wal", report.wal()}, {"migrations", migrations}}},
            {"checks", to_json(report.checks)},
            {"down",
             {{"tried", report.down.tried},
              {"proven", report.down.proven},
              {"why_not", report.down.why_not},
              {"took_ms", report.down.took.count()},
              {"touched", report.down.touched},
              {"unseen", report.down.unseen}}}};
}

RehearsedBefore rehearsed_before(const Json& ended) {
    RehearsedBefore before;
    for (const auto& migration : ended.value("predicted", Json::object()).value("migrations", Json::array()))
        before.names.push_back(migration.value("name", ""));
    const Json down = ended.value("down", Json::object());
    before.down = {down.value("tried", false),
                   down.value("proven", false),
                   down.value("why_not", ""),
                   Milliseconds(down.value("took_ms", 0LL)),
                   down.value("touched", std::vector<std::string>{}),
                   down.value("unseen", true)};
    return before;
}

std::vector<std::string> say_rehearsal(const RehearsalReport& report) {
    std::vector<std::string> lines;
    for (const auto& migration : report.migrations) {
        std::string line = migration.name + ": " + say_duration(migration.took);
        for (const auto& lock : migration.locks)
            if (worth_saying(lock)) line += "; " + lock.mode + " on " + lock.table + " for " + say_duration(lock.held);
        if (!migration.change.rewritten.empty()) line += "; rewrites " + listed(migration.change.rewritten);
        if (!migration.change.dropped.empty()) line += "; drops " + listed(migration.change.dropped);
        for (const auto& rows : migration.change.rows) line += "; " + say_rows(rows);
        lines.push_back(line + "; " + say_size(migration.change.wal) + " of WAL");
    }
    if (report.down.tried)
        lines.push_back(report.down.proven
                            ? "the way down was tried: schema and digests are those of the restore point again"
                            : "the way down is none: " + report.down.why_not);
    return lines;
}

}  // namespace lastgood
