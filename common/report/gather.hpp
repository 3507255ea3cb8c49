#pragma once

#include "record/event.hpp"
#include "record/good_releases.hpp"
#include "record/restore_points.hpp"
#include "report/report.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What is read for a report of one run.
struct ReportSources {
    std::string scope;
    std::string run;
    std::string record;  ///< where its events are
    std::vector<Event> events;
    std::optional<Manifest> manifest;  ///< of the newest attempt's restore point, while it is there
    std::optional<Proof> proof;
    std::string trouble;  ///< why the manifest could not be read
    std::vector<GoodRelease> good;
    Time now;
    std::string written_by;
};

/// Failure (4) if the events are no record; what single events lack, the report lacks. Pure.
Report gather(const ReportSources& sources);

}  // namespace lastgood
