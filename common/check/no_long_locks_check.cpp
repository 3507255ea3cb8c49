#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/lock_waits.hpp"

namespace lastgood {

namespace {

std::string say(const LockWait& backend) {
    std::string text = backend.who + " has waited " + say_duration(backend.waited) + " for " + backend.what;
    if (!backend.query.empty()) text += ": " + backend.query;
    for (const auto& holder : backend.holders) text += "; held by " + holder;
    return text;
}

}  // namespace

CheckResult check_no_long_locks(const CheckSettings& settings, const CheckContext& context) {
    const auto longest = std::get<NoLongLocksCheck>(settings.what).max;
    Session session = reading_session(settings, context);
    Differences waiting;
    for (const auto& backend : lock_waits(session, longest)) waiting.add(say(backend));
    const std::string limit = say_duration(longest);
    return judged(waiting, "nobody waits longer than " + limit + " for a lock",
                  {.expected = "nobody waits longer than " + limit,
                   .found = say_count(waiting.count(), "backend waits", "backends wait")});
}

}  // namespace lastgood
