#include "check/check_kinds.hpp"

namespace lastgood {

CheckResult check_no_pending_migrations(const CheckSettings& settings, const CheckContext& context) {
    const auto framework = context.framework();
    framework->answer_within(settings.timeout);
    const auto migrations = framework->migrations();
    if (migrations.pending.empty()) return passed(std::to_string(migrations.applied.size()) + " applied, none pending");
    std::string names;
    for (const auto& name : migrations.pending) names += (names.empty() ? "" : ", ") + name;
    return failed(std::to_string(migrations.pending.size()) + " pending: " + names);
}

}  // namespace lastgood
