// The sections about the database and the record: standstill, locks, sizes, rows, attempts.
#include "core/quantity.hpp"
#include "report/page_sections.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;

std::string say_known(const std::optional<std::uint64_t>& count) {
    return count ? std::to_string(*count) : "-";
}

/// "12 MB/s"; what took no time that a clock can see has no rate.
std::string say_rate(const std::optional<std::uint64_t>& amount, Milliseconds took, bool bytes) {
    if (!amount || took.count() <= 0 || *amount > UINT64_MAX / 1000) return "-";
    const std::uint64_t rate = *amount * 1000 / static_cast<std::uint64_t>(took.count());
    return bytes ? say_size(rate) + "/s" : say_count(rate, "row") + "/s";
}

std::string say_lost(const ReportedTable& table) {
    if (!table.lost) return "-";
    std::string text = (table.upper_bound ? "at most " : "") + std::to_string(*table.lost);
    if (table.perhaps_lost > 0) text += ", " + std::to_string(table.perhaps_lost) + " more possibly";
    return text;
}

/// Digests are long and are compared by eye, if at all.
std::string short_digest(const std::string& digest) {
    const std::string sum = digest.substr(0, digest.find('/'));
    return sum.empty() ? "-" : sum.size() > 20 ? sum.substr(0, 20) : sum;
}

std::uint64_t sum_of(const std::vector<ReportedTable>& tables, std::optional<std::uint64_t> ReportedTable::*field) {
    std::uint64_t sum = 0;
    for (const auto& table : tables) sum += (table.*field).value_or(0);
    return sum;
}

}  // namespace

PageSection standstill_section(const Report& report) {
    PageSection section{"standstill", "Who could not write, and how long"};
    PageTable table{"Fences, and what closed the database", {"What", "Began (UTC)", "Lasted"}, {}};
    for (const auto& interval : report.timeline)
        if (interval.kind == Interval::Kind::fence)
            table.rows.push_back({quoted(interval.name), words(say_time(interval.begin).substr(11, 8)),
                                  number(say_duration(interval.took()) + (interval.ended ? "" : ", and still"))});
    if (report.gap)
        table.rows.push_back({words("the swap: nobody could connect"), words("-"), number(say_duration(*report.gap))});
    if (table.rows.empty()) return section;
    section.tables.push_back(std::move(table));
    if (report.held) section.facts.push_back({"Writers kept out in all", words(say_duration(*report.held))});
    return section;
}

PageSection locks_section(const Report& report) {
    PageSection section{"locks", "Locks"};
    if (!report.locks.empty()) {
        PageTable table{"Locks of the migrations, and how long each was held",
                        {"Table", "Lock", "In the rehearsal", "In production"},
                        {}};
        for (const auto& lock : report.locks)
            table.rows.push_back({quoted(lock.table), quoted(lock.mode), number(say_known(lock.predicted)),
                                  number(say_known(lock.held))});
        section.tables.push_back(std::move(table));
    }
    if (report.longest_queue)
        section.facts.push_back({"Longest that somebody waited behind it", words(say_duration(*report.longest_queue))});
    return section;
}

PageSection sizes_section(const Report& report) {
    PageSection section{"sizes", "Sizes and rates"};
    if (report.point) {
        const ReportedPoint& point = *report.point;
        if (point.bytes) section.facts.push_back({"Restore point", words(say_size(*point.bytes))});
        if (point.tables)
            section.facts.push_back({"In it", words(say_count(*point.tables, "table") +
                                                    (point.rows ? ", " + say_count(*point.rows, "row") : ""))});
        if (!point.engine.empty())
            section.facts.push_back(
                {"Engine",
                 quoted(point.engine + (point.encryption.empty() ? "" : ", encrypted by " + point.encryption))});
    }
    if (report.rates.empty()) return section;
    PageTable table{"How long it took, and how fast", {"What", "Took", "Bytes", "Rows"}, {}};
    for (const auto& rate : report.rates)
        table.rows.push_back({words(rate.what), number(say_duration(rate.took)),
                              number(say_rate(rate.bytes, rate.took, true)),
                              number(say_rate(rate.rows, rate.took, false))});
    section.tables.push_back(std::move(table));
    return section;
}

PageSection tables_section(const Report& report) {
    PageSection section{"tables", "Rows per table"};
    if (report.tables.empty()) return section;
    const bool lost = std::any_of(report.tables.begin(), report.tables.end(),
                                  [](const ReportedTable& table) { return table.lost.has_value(); });
    PageTable table{"Rows of each table, and the digest of its content in the restore point",
                    {"Table", "In the restore point", "When migrate began", "Newer", "Digest"},
                    {}};
    if (lost) table.columns.emplace_back("Left behind");
    for (const auto& each : report.tables) {
        PageText name = quoted(each.name);
        if (!each.note.empty()) name.more.push_back(each.note);
        table.rows.push_back({std::move(name), number(say_known(each.captured)), number(say_known(each.before)),
                              number(say_known(each.newer)), quoted(short_digest(each.digest))});
        if (lost) table.rows.back().push_back(number(say_lost(each)));
    }
    section.tables.push_back(std::move(table));
    section.facts.push_back(
        {"Rows in the restore point", words(std::to_string(sum_of(report.tables, &ReportedTable::captured)))});
    section.facts.push_back({"Written by others before migrate began",
                             words(say_count(sum_of(report.tables, &ReportedTable::newer), "row"))});
    if (lost)
        section.facts.push_back(
            {"Left behind by the rollback", words(say_count(sum_of(report.tables, &ReportedTable::lost), "row"))});
    if (report.keyed_digests)
        section.facts.push_back({"Digests", words("keyed: they compare within this restore point only")});
    return section;
}

PageSection record_section(const Report& report) {
    PageSection section{"record", "The record"};
    if (!report.earlier.empty()) {
        PageTable table{"Earlier attempts of this run", {"Attempt", "Begun", "Came to", "Why"}, {}};
        for (const auto& attempt : report.earlier)
            table.rows.push_back({words(std::to_string(attempt.number)), moment(attempt.begun_at),
                                  words(attempt.outcome), quoted(attempt.why.empty() ? "-" : attempt.why)});
        section.tables.push_back(std::move(table));
    }
    section.facts.push_back({"Events", quoted(report.record)});
    if (!report.commit.empty()) section.facts.push_back({"Commit", quoted(report.commit)});
    if (!report.branch.empty()) section.facts.push_back({"Branch", quoted(report.branch)});
    if (!report.last_at.empty()) section.facts.push_back({"Newest event (UTC)", moment(report.last_at)});
    section.facts.push_back({"Written", words(report.written_at.substr(0, 19) + " by " + report.written_by)});
    return section;
}

}  // namespace lastgood
