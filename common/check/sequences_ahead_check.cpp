#include "check/check_kinds.hpp"
#include "core/quantity.hpp"
#include "database/sequence_positions.hpp"

namespace lastgood {

namespace {

std::string say_behind(const SequencePosition& position) {
    return position.sequence + " issues " + position.next + " next, " + position.column + " holds " +
           position.furthest + ": " + position.mend;
}

}  // namespace

CheckResult check_sequences_ahead(const CheckSettings& settings, const CheckContext& context) {
    const auto& check = std::get<SequencesAheadCheck>(settings.what);
    Session session = reading_session(settings, context);
    Differences behind;
    Differences unreadable;
    std::size_t judged_ones = 0;
    std::string passed_over;
    for (const auto& position : sequence_positions(session)) {
        if (any_means(check.except, position.sequence)) continue;
        if (!position.not_judged.empty()) {
            passed_over +=
                (passed_over.empty() ? "; not judged: " : ", ") + position.sequence + " (" + position.not_judged + ")";
        } else if (!position.unreadable.empty()) {
            unreadable.add(position.sequence + ": " + position.unreadable);
        } else {
            ++judged_ones;
            if (position.behind) behind.add(say_behind(position));
        }
    }
    Evidence evidence{.expected = "the next number of each lies beyond its column"};
    evidence.found =
        std::to_string(behind.count()) + " of " + say_count(judged_ones, "sequence") + " behind" + passed_over;
    if (!behind.none() || unreadable.none())
        return judged(behind, say_count(judged_ones, "sequence") + ", none behind its column", evidence);
    evidence.differences = unreadable.first();
    return could_not_tell(unreadable.say(), evidence);
}

}  // namespace lastgood
