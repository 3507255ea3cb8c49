#pragma once

#include "check/before.hpp"
#include "check/captured.hpp"
#include "check/evidence.hpp"
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

/// What a check may look at. Checks run side by side: every function of it is called from several threads.
struct CheckContext {
    const Pipeline& pipeline;
    ConnectionUrl url;
    std::string application_name;
    std::filesystem::path work_tree;                 ///< of the pinned revision, prepared
    std::map<std::string, std::string> environment;  ///< for commands: LASTGOOD_REVISION and the like
    std::string leftover_mark;
    std::function<std::unique_ptr<Framework>()> framework;
    std::function<std::string(Milliseconds timeout)> schema;  ///< the normalised one, as it is now
    std::optional<Before> before;                             ///< none: migrate never looked
    std::optional<Captured> captured;                         ///< none: no check of the pipeline asks for it
    bool writes_open = true;                                  ///< somebody else could write since migrate began
    const Redaction& redaction;
    Processes& processes;
    Console& console;
    Interruption& interruption;
};

struct CheckResult {
    std::string name;   ///< "sql", ...
    std::string place;  ///< "lastgood.yaml:31:11"
    Verdict verdict = Verdict::unknown;
    std::string reason;  ///< one line
    Evidence evidence;
    int asked = 0;  ///< how often
    long long took_ms = 0;
};

/// One row per check.
struct CheckRow {
    std::string name;
    bool through_application;  ///< it needs the application to be able to write, so it runs after a fence is lifted
    bool in_rehearsal;         ///< it says something about a clone that was migrated before production is
    std::function<CheckResult(const CheckSettings&, const CheckContext&)> run;
    /// Reads what it compares with later, unless that was read already; none: it compares with nothing.
    std::function<void(const CheckSettings&, Session&, Before&)> remember = {};
};
const std::vector<CheckRow>& checks();
/// std::logic_error if there is none.
const CheckRow& row_of(const CheckSettings& settings);

/// Asks once, under the check's timeout. Whatever it throws (but Interrupted) becomes "could not tell" with the reason.
CheckResult ask(const CheckSettings& settings, const CheckContext& context);

/// failed if one failed, else unknown if one could not tell, else passed.
Verdict verdict_of(const std::vector<CheckResult>& results);

}  // namespace lastgood
