#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/schema_dump.hpp"
#include "outside/files.hpp"

#include <sstream>

namespace lastgood {

namespace {

constexpr int k_shown_lines = 20;

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

CheckResult compare_with_file(const std::string& file, const std::string& checked_in, const std::string& live) {
    const std::string expected = normalise_schema(checked_in);
    Evidence evidence{.expected = file + ", " + sha256(expected), .found = sha256(live)};
    if (expected == live) return passed("the schema is that of " + file, evidence);
    evidence.differences = lines_of(schema_difference(expected, live, k_shown_lines));
    // Statements that say the same, laid out otherwise, are not told apart by lines.
    const std::string first =
        evidence.differences.empty() ? "in the layout of its statements" : evidence.differences[0];
    return failed("the schema is not that of " + file + " (- only there, + only in the database): " + first, evidence);
}

}  // namespace

CheckResult check_schema_is(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<SchemaIsCheck>(settings.what);
    const std::string file = check.file.empty() ? "" : read_file(context.work_tree / check.file);
    const std::string live = context.schema(settings.timeout);
    if (!check.file.empty()) return compare_with_file(check.file, file, live);
    const Evidence evidence{.expected = check.fingerprint, .found = sha256(live)};
    if (evidence.found == evidence.expected) return passed("the schema has the expected fingerprint", evidence);
    return failed("the schema's fingerprint is " + evidence.found + ", " + evidence.expected + " expected", evidence);
}

}  // namespace lastgood
