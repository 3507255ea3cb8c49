#include "report/sources.hpp"

#include "core/failure.hpp"
#include "record/run_record.hpp"
#include "report/attempts.hpp"
#include "report/gathered_data.hpp"
#include "report/loose_fields.hpp"

namespace lastgood {

namespace {

std::string point_of(const ReportSources& sources) {
    const auto attempts = attempts_of(sources.run, sources.events);
    if (attempts.empty()) return "";
    return text_in(ended_data(attempts.back().state, "backup-capture/capture"), "restore_point");
}

}  // namespace

ReportSources read_report_sources(Store& store, const RestorePoints& points, const std::string& scope,
                                  const std::string& run, const std::string& written_by) {
    ReportSources sources;
    const RunRecord record(store, scope, run);
    sources.scope = scope;
    sources.run = run;
    sources.record = record.place();
    sources.events = record.events();
    sources.good = GoodReleases(store, scope).all();
    sources.now = now();
    sources.written_by = written_by;
    const std::string id = point_of(sources);
    if (id.empty()) return sources;
    try {
        sources.manifest = points.manifest(id);
        if (sources.manifest) sources.proof = points.proof(id);
    } catch (const Failure& failure) {
        sources.manifest.reset();
        sources.trouble = failure.what_happened();
    }
    return sources;
}

}  // namespace lastgood
