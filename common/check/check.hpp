#pragma once

#include "database/contents.hpp"
#include "framework/framework.hpp"
#include "pipeline/pipeline.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Console;
class Interruption;
class Processes;

enum class Verdict { passed, failed, unknown };
std::string text_of(Verdict verdict);  ///< "passed", "failed", "could not tell"

/// What a check may look at.
struct CheckContext {
    const Pipeline& pipeline;
    ConnectionUrl url;
    std::string application_name;
    std::filesystem::path work_tree;                 ///< of the pinned revision, prepared
    std::map<std::string, std::string> environment;  ///< for commands: LASTGOOD_REVISION and the like
    std::string leftover_mark;
    std::function<std::unique_ptr<Framework>()> framework;
    std::optional<std::vector<RowCount>> baseline;  ///< rows of each table when migrate began; none: not known
    bool writes_open = true;
    Processes& processes;
    Console& console;
    Interruption& interruption;
};

struct CheckResult {
    std::string name;   ///< "sql", ...
    std::string place;  ///< "lastgood.yaml:31:11"
    Verdict verdict = Verdict::unknown;
    std::string reason;  ///< one line; keys and counts only, no rows of data
    long long took_ms = 0;
};

/// One row per check. `through_application`: it needs the application to be able to write, so it runs after a fence is
/// lifted.
struct CheckRow {
    std::string name;
    bool through_application;
    std::function<CheckResult(const CheckSettings&, const CheckContext&)> run;
};
const std::vector<CheckRow>& checks();

/// Runs one check under its timeout. Whatever it throws (but Interrupted) becomes "could not tell" with the reason.
CheckResult run_check(const CheckSettings& settings, const CheckContext& context);
bool goes_through_application(const CheckSettings& settings);

/// failed if one failed, else unknown if one could not tell, else passed.
Verdict verdict_of(const std::vector<CheckResult>& results);

}  // namespace lastgood
