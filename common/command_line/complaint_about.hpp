#pragma once

#include <string>

namespace CLI {
class App;
}

namespace lastgood {

/// A command line that cannot be used, in the words of a failure.
struct Complaint {
    std::string what;
    std::string detail;
    std::string next;
};

/// `app` has parsed as far as it could, then said `error`. Where a command is missing or mistyped: which there are, and
/// the nearest.
Complaint complaint_about(const CLI::App& app, const std::string& error);

}  // namespace lastgood
