#pragma once

#include "report/gather.hpp"

#include <string>

namespace lastgood {

class Store;

/// Reads what a report of the run stands on. A restore point that cannot be read, or is gone, is a trouble that the
/// report tells. Failure (4) if the record cannot be read.
ReportSources read_report_sources(Store& store, const RestorePoints& points, const std::string& scope,
                                  const std::string& run, const std::string& written_by);

}  // namespace lastgood
