#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>

namespace lastgood {

namespace {

std::string say(bool on) {
    return on ? "on" : "off";
}

void compare(const RowSecurity& then, const RowSecurity& now, Differences& differences) {
    if (then.enabled != now.enabled)
        differences.add(now.table + ": row security was " + say(then.enabled) + ", is " + say(now.enabled));
    if (then.forced != now.forced)
        differences.add(now.table + ": row security for the owner was " + say(then.forced) + ", is " + say(now.forced));
    for (const auto& [name, policy] : then.policies) {
        const auto same = now.policies.find(name);
        if (same == now.policies.end()) {
            differences.add(now.table + ": policy " + name + " is gone (" + policy + ")");
        } else if (same->second != policy) {
            differences.add(now.table + ": policy " + name + " was " + policy + ", is " + same->second);
        }
    }
    for (const auto& [name, policy] : now.policies) {
        if (!then.policies.contains(name)) differences.add(now.table + ": policy " + name + " is new (" + policy + ")");
    }
}

}  // namespace

CheckResult check_row_security_unchanged(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<RowSecurityUnchangedCheck>(settings.what);
    if (!context.before || !context.before->row_security) return not_known_before("what row security there was");
    Session session = reading_session(settings, context);
    Differences differences;
    std::size_t compared = 0;
    const auto& before = *context.before->row_security;
    for (const auto& now : read_row_security(session)) {
        const auto then =
            std::find_if(before.begin(), before.end(), [&](const auto& each) { return each.oid == now.oid; });
        if (then == before.end() || any_means(check.except, now.table)) continue;
        ++compared;
        compare(*then, now, differences);
    }
    const std::string tables = say_count(compared, "table");
    return judged(differences, tables + ", row security as before",
                  {.expected = "row security and policies of " + tables + " as before migrate",
                   .found = say_count(differences.count(), "difference")});
}

void remember_row_security(const CheckSettings&, Session& session, Before& before) {
    if (!before.row_security) before.row_security = read_row_security(session);
}

}  // namespace lastgood
