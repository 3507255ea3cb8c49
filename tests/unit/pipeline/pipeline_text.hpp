#pragma once

#include "core/failure.hpp"
#include "outside/environment.hpp"
#include "outside/redaction.hpp"
#include "pipeline/from_text.hpp"
#include "pipeline/pipeline.hpp"

#include <map>
#include <string>
#include <vector>

namespace lastgood::test {

/// A pipeline with nothing but what is required; its lines are counted by the tests.
inline const std::vector<std::string> k_small_pipeline{
    "format: 1",                            // 1
    "name: api",                            // 2
    "environment: production",              // 3
    "store: file:/var/lib/lastgood",        // 4
    "database:",                            // 5
    "  url: ${DATABASE_URL}",               // 6
    "steps:",                               // 7
    "  - backup-capture: {}",               // 8
    "  - migrate:",                         // 9
    "      framework: sql",                 // 10
    "  - verify:",                          // 11
    "      checks:",                        // 12
    "        - no_pending_migrations: {}",  // 13
    "  - rollback",                         // 14
};

/// What replace_line takes instead of a line.
constexpr int k_everything = 0;
constexpr int k_from_line_6 = -1;  ///< a file whose first five lines are good and without steps

/// The small pipeline with one line (counted from 1) replaced.
inline std::string replace_line(int line, const std::string& replacement) {
    if (line == k_everything) return replacement;
    if (line == k_from_line_6) {
        return "format: 1\nname: a\nenvironment: b\nstore: file:/s\ndatabase: { url: \"${DATABASE_URL}\" }\n" +
               replacement;
    }
    std::string text;
    for (int i = 1; const std::string& good : k_small_pipeline) text += (i++ == line ? replacement : good) + "\n";
    return text;
}

inline std::string small_pipeline() {
    return replace_line(1, "format: 1");
}

inline std::map<std::string, std::string> small_environment() {
    return {{"DATABASE_URL", "postgres://app:s3cret-word@db/app"}, {"ADMIN_URL", "postgres://admin@db/app"}};
}

inline Pipeline read(const std::string& yaml, std::map<std::string, std::string> variables = small_environment()) {
    Redaction redaction;
    return read_pipeline_text(yaml, "lastgood.yaml", Environment(std::move(variables)), redaction);
}

/// What reading throws; a failure without words if it throws nothing.
inline Failure refusal(const std::string& yaml, std::map<std::string, std::string> variables = small_environment()) {
    try {
        read(yaml, std::move(variables));
    } catch (const Failure& failure) {
        return failure;
    }
    return Failure(ExitCode::done, "accepted", "nothing", "nothing");
}

}  // namespace lastgood::test
