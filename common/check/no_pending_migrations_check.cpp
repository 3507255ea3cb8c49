#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

namespace lastgood {

CheckResult check_no_pending_migrations(const CheckSettings& settings, const CheckContext& context) {
    const auto framework = context.framework();
    framework->answer_within(settings.timeout);
    const auto migrations = framework->migrations();
    Evidence evidence{.asked = "the framework " + framework->name(), .expected = "0 pending"};
    if (!migrations.pending_known)
        return could_not_tell("framework " + framework->name() + " does not say what is pending: add migrate.pending");
    evidence.found = std::to_string(migrations.applied.size()) + " applied, " +
                     std::to_string(migrations.pending.size()) + " pending";
    if (migrations.pending.empty()) {
        return passed(std::to_string(migrations.applied.size()) + " applied, none pending", evidence);
    }
    Differences pending;
    for (const auto& name : migrations.pending) pending.add(name);
    evidence.differences = pending.first();
    return failed(std::to_string(pending.count()) + " pending: " + pending.say(), evidence);
}

}  // namespace lastgood
