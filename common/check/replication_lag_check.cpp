#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/replication.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <chrono>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds k_look_again{100};

/// A replica that is waited for.
struct Waited {
    std::string name;
    int pid = 0;
    std::optional<std::string> answer;  ///< its newest one when the time was over
    bool told = false;
    std::string objection = {};  ///< then; "": it has caught up
};

/// Waits until each replica has replayed what was written at the beginning, or has told later than `max` that it has
/// not: by itself it tells how far it is only every few seconds (wal_receiver_status_interval).
class CatchingUp {
  public:
    CatchingUp(Session& session, std::string position, const std::vector<Replica>& found, Milliseconds max)
        : m_session(session), m_position(std::move(position)), m_max(max) {
        for (const auto& replica : found) m_waited.push_back({replica.name, replica.pid, std::nullopt});
    }

    /// False if one of them has not said anything by then.
    bool wait(Milliseconds timeout, const Interruption& interruption) {
        const auto begin = Clock::now();
        for (;;) {
            const auto passed = std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
            const auto now = replicas(m_session, m_position);
            for (Waited& waited : m_waited)
                if (!waited.told) look(waited, now, passed >= m_max);
            if (std::all_of(m_waited.begin(), m_waited.end(), [](const auto& each) { return each.told; })) return true;
            if (passed >= timeout) return false;
            interruption.wait(k_look_again);
        }
    }

    void add_objections(Differences& behind) const {
        for (const auto& waited : m_waited)
            if (!waited.objection.empty()) behind.add(waited.objection);
    }

  private:
    void look(Waited& waited, const std::vector<Replica>& now, bool late) const {
        const auto replica =
            std::find_if(now.begin(), now.end(), [&](const auto& each) { return each.pid == waited.pid; });
        const bool gone = replica == now.end();
        if (!gone && !replica->replayed && late && !waited.answer) waited.answer = replica->answered;
        const bool told_late = !gone && waited.answer && *waited.answer != replica->answered;
        waited.told = gone || replica->replayed || told_late;
        if (gone) {
            waited.objection = waited.name + " has gone away meanwhile";
        } else if (told_late && !replica->replayed) {
            waited.objection =
                waited.name + " is more than " + say_duration(m_max) + " behind, by " + say_size(replica->bytes);
        }
    }

    Session& m_session;
    std::string m_position;
    Milliseconds m_max;
    std::vector<Waited> m_waited;
};

void look_at_bytes(const std::vector<Replica>& found, std::uint64_t most, Differences& behind) {
    for (const auto& replica : found)
        if (replica.bytes > most)
            behind.add(replica.name + " is " + say_size(replica.bytes) + " behind, " + say_size(most) + " allowed");
}

void look_at_slots(Session& session, std::uint64_t most, Differences& behind) {
    for (const auto& slot : slots_wal(session)) {
        if (slot.lost) {
            behind.add("slot " + slot.name + " has lost WAL that it needs");
        } else if (slot.kept.value_or(0) > most) {
            behind.add("slot " + slot.name + " keeps " + say_size(*slot.kept) + ", " + say_size(most) + " allowed");
        }
    }
}

/// What there must be before one can ask how far behind it is; "": it is there.
std::string what_is_missing(const std::vector<Replica>& found, const ReplicationLagCheck& check) {
    if (found.empty() && !check.expect_replicas) return "no replica is connected, and expect_replicas is not given";
    const bool unreadable = std::any_of(found.begin(), found.end(), [](const auto& each) { return !each.readable; });
    return unreadable ? "this role may not see how far replicas are: GRANT pg_monitor TO it" : "";
}

}  // namespace

CheckResult check_replication_lag(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<ReplicationLagCheck>(settings.what);
    Session session = reading_session(settings, context);
    const std::string position = wal_position(session);
    const auto found = replicas(session, position);
    Evidence evidence{.found = say_count(found.size(), "replica")};
    if (check.max) evidence.expected = "everything up to " + position + " replayed within " + say_duration(*check.max);
    const std::string missing = what_is_missing(found, check);
    if (!missing.empty()) return could_not_tell(missing, evidence);
    Differences behind;
    if (found.size() < check.expect_replicas.value_or(0))
        behind.add(say_count(found.size(), "replica is", "replicas are") + " connected, " +
                   std::to_string(*check.expect_replicas) + " expected");
    if (check.max_bytes) look_at_bytes(found, *check.max_bytes, behind);
    if (check.slots) look_at_slots(session, *check.max_bytes, behind);
    if (behind.none() && check.max) {
        CatchingUp catching_up(session, position, found, *check.max);
        if (!catching_up.wait(settings.timeout, context.interruption))
            return could_not_tell("a replica has not said how far it is", evidence);
        catching_up.add_objections(behind);
    }
    return judged(behind, say_count(found.size(), "replica keeps", "replicas keep") + " up", evidence);
}

}  // namespace lastgood
