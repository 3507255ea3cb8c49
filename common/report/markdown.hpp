#pragma once

#include "report/report.hpp"

#include <cstddef>
#include <string>

namespace lastgood {

class Redaction;

/// What GitHub takes as the summary of one step; it leaves all of a longer one out.
constexpr std::size_t k_summary_limit = 1UL << 20U;

/// For the summary of a job on GitHub, or a note on GitLab: at most `limit` octets, 0 without a limit. What does not
/// fit is cut behind a whole line, with a word that says so. Pure.
std::string markdown(const Report& report, const Redaction& redaction, std::size_t limit = k_summary_limit);

}  // namespace lastgood
