#include "report/gathered_pair.hpp"

#include "report/gathered_data.hpp"
#include "report/loose_fields.hpp"

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

}  // namespace

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

}  // namespace lastgood
