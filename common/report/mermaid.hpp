#pragma once

#include "report/report.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Redaction;

/// The time line as a Gantt chart of Mermaid, without the fence around it; "" without intervals. Its names hold
/// letters, digits and a few harmless signs only. Long waits are cut, as in TimeScale: the times on its axis are left
/// out then.
std::string mermaid_gantt(const std::vector<Interval>& timeline, const Redaction& redaction);

}  // namespace lastgood
