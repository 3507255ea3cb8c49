#pragma once

#include "check/check.hpp"

#include <functional>
#include <vector>

namespace lastgood {

/// One check, as often as its window says. Its secrets are redacted.
CheckResult run_check(const CheckSettings& settings, const CheckContext& context);

/// All of them, at most `jobs` at a time; one that waits until it is asked again lets others go on. The results are in
/// the order of the list; `on_result` is told of each as it ends, from any thread. Interrupted ends all.
std::vector<CheckResult> run_checks(const std::vector<CheckSettings>& list, const CheckContext& context, int jobs,
                                    const std::function<void(const CheckResult&)>& on_result = {});

}  // namespace lastgood
