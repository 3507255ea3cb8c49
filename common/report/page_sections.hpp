#pragma once

#include "report/page.hpp"

namespace lastgood {

// The sections of a report's page, one function each. One without facts and tables has nothing to say. Pure.

/// A duration, or "-".
std::string say_known(const std::optional<std::chrono::milliseconds>& duration);

PageSection cost_section(const Report& report);
PageSection pair_section(const Report& report);
PageSection checks_section(const Report& report);
PageSection plan_section(const Report& report);
PageSection rehearsal_section(const Report& report);
PageSection standstill_section(const Report& report);
PageSection locks_section(const Report& report);
PageSection sizes_section(const Report& report);
PageSection tables_section(const Report& report);
PageSection record_section(const Report& report);

}  // namespace lastgood
