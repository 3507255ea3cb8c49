// What the rehearsal showed against what the pipeline allows.
#include "core/failure.hpp"
#include "core/quantity.hpp"
#include "steps/migrate/decide.hpp"

namespace lastgood {

namespace {

std::vector<std::string> locks_too_long(const RehearsalReport& report, const RehearseSettings& limits) {
    std::vector<std::string> lines;
    for (const auto& migration : report.migrations)
        for (const auto& lock : migration.locks) {
            const auto limit = limits.max_lock.find(lock.mode);
            if (limit == limits.max_lock.end() || lock.held <= limit->second) continue;
            lines.push_back(migration.name + ": " + lock.mode + " on " + lock.table + " for " +
                            say_duration(lock.held) + ", max_lock allows " + say_duration(limit->second));
        }
    return lines;
}

}  // namespace

void require_within_limits(const RehearsalReport& report, const RehearseSettings& limits) {
    std::vector<std::string> lines = locks_too_long(report, limits);
    if (limits.max_duration && report.took() > *limits.max_duration)
        lines.push_back("all migrations took " + say_duration(report.took()) + ", max_duration allows " +
                        say_duration(*limits.max_duration));
    if (limits.max_wal && report.wal() > *limits.max_wal)
        lines.push_back("all migrations wrote " + say_size(report.wal()) + " of WAL, max_wal allows " +
                        say_size(*limits.max_wal));
    if (lines.empty()) return;
    Failure failure(ExitCode::refused, "the rehearsal exceeds " + say_count(lines.size(), "limit") + " of the pipeline",
                    "nothing",
                    "make the migration gentler, commit it, and lastgood run; or raise the limits in migrate.rehearse");
    throw failure.with_detail(lines);
}

}  // namespace lastgood
