#pragma once

#include "record/run_state.hpp"
#include "report/report.hpp"

#include <optional>
#include <string>

namespace lastgood {

/// A run in two words and in one sentence.
struct RunVerdict {
    Tone tone = Tone::plain;
    std::string words;
    std::string sentence;
};

/// `release`: the number of the good release that the run became. Pure.
RunVerdict verdict_of(const RunState& run, const std::optional<int>& release);

/// For the line of a history: "good", "rolled back", "open", ... Pure.
Tone tone_of(const RunState& run);

}  // namespace lastgood
