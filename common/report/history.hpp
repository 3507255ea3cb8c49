#pragma once

#include "record/environment_ledger.hpp"
#include "record/event.hpp"
#include "report/report.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Redaction;
class Store;

/// One attempt of a run, as a line of the history.
struct HistoryLine {
    std::string run = {};
    int attempt = 1;
    std::string commit = {};
    std::string at = {};
    std::string actor = {};
    Tone tone = Tone::plain;
    std::string outcome = {};  ///< "Good", "Rolled back"
    std::string why = {};
    std::optional<std::chrono::milliseconds> worked = {};    ///< all steps together, without waits
    std::optional<std::chrono::milliseconds> migrated = {};  ///< the migration alone
    std::optional<std::chrono::milliseconds> held = {};      ///< writers kept out
    std::optional<std::uint64_t> bytes = {};                 ///< of the restore point
    std::optional<std::uint64_t> rows = {};
};

/// The releases of an environment over time.
struct ReleaseHistory {
    std::string scope;
    std::vector<HistoryLine> lines;  ///< oldest first
    std::string written_at;
    std::string written_by;
};

/// `events`: all of the opening's run. What was recorded of its attempt; an attempt that never began has its opening.
HistoryLine history_line(const Opening& opening, const std::vector<Event>& events);
/// Reads all of them.
ReleaseHistory read_history(Store& store, const std::string& scope, const std::string& written_by);

/// A page of its own, with the same in a chart and in a table. Pure.
std::string history_html(const ReleaseHistory& history, const Redaction& redaction);

}  // namespace lastgood
