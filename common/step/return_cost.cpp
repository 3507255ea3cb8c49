#include "step/return_cost.hpp"

#include "core/quantity.hpp"
#include "record/json_values.hpp"

namespace lastgood {

namespace {

std::string say(const EstimatedTime& time) {
    return time.takes ? "about " + say_duration(*time.takes) + " (" + time.from + ")" : "not known (" + time.from + ")";
}

const char* text_of(ReturnWay way) {
    switch (way) {
        case ReturnWay::standby:
            return "standby";
        case ReturnWay::restore:
            return "restore";
        case ReturnWay::cluster:
            return "cluster";
        case ReturnWay::in_place:
            return "in_place";
        default:
            return "instance";
    }
}

std::string say_way(ReturnWay way) {
    switch (way) {
        case ReturnWay::standby:
            return "the kept standby is swapped in";
        case ReturnWay::restore:
            return "the restore point is restored beside, and swapped in";
        case ReturnWay::cluster:
            return "the server is stopped and the whole cluster restored";
        case ReturnWay::in_place:
            return "what is live is backed up, and the restore point restored over it";
        default:
            return "the restore point is restored as another server, which the application is pointed at";
    }
}

/// Where the rows that are not carried over are afterwards.
std::string say_left(ReturnWay way) {
    if (way == ReturnWay::cluster) return "they stay in the archive";
    return way == ReturnWay::in_place ? "they stay in the platform's backup" : "they stay in the failed database";
}

std::string say_rows(const LossReport& losses) {
    if (losses.certain() + losses.possible() == 0) return "none";
    return std::to_string(losses.certain()) + " certain" +
           (losses.possible() > 0 ? ", " + std::to_string(losses.possible()) + " more possibly" : "");
}

void add_losses(std::vector<std::string>& lines, const LossReport& losses) {
    for (const auto& line : say_losses(losses)) lines.push_back("  " + line);
}

void add_down(std::vector<std::string>& lines, const ReturnCost& cost) {
    const CostOfGoingDown& down = cost.down;
    std::string line = "going down (--strategy down): ";
    if (!down.possible)
        line += "nothing is migrated that could be taken back";
    else if (!down.tried)
        line += "what it would cost is not known: " + down.why_not + "; no failed database is kept";
    else
        line += (down.proven ? "proven in the rehearsal" : "not proven: " + down.why_not) + ", takes about " +
                say_duration(down.takes) + "; no failed database is kept, and what a way down drops is gone; " +
                (down.unseen ? "what it touches could not be seen"
                             : "of what others wrote it does not leave alone: " + say_rows(down.at_risk));
    lines.push_back(line);
    if (down.tried) add_losses(lines, down.at_risk);
}

Json to_json(const EstimatedTime& time) {
    return {{"ms", time.takes ? Json(time.takes->count()) : Json(nullptr)}, {"from", time.from}};
}

}  // namespace

std::vector<std::string> say_losses(const LossReport& losses) {
    std::vector<std::string> lines;
    for (const auto& table : losses.tables) {
        std::string line = table.table + ": ";
        line += (table.upper_bound ? "at most " : "") + say_count(table.certain, "row") + " written by others";
        if (table.possible > 0) line += ", " + std::to_string(table.possible) + " more possibly";
        if (!table.note.empty()) line += " (" + table.note + ")";
        lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> say_cost(const ReturnCost& cost) {
    std::vector<std::string> lines{"restore point " + cost.restore_point + " is " + say_duration(cost.age) + " old"};
    lines.push_back("rows that others wrote since: " +
                    (cost.losses ? say_rows(*cost.losses) : std::string("not counted in time")));
    if (cost.losses) add_losses(lines, *cost.losses);
    lines.push_back("going back: " + say_way(cost.way) +
                    (cost.losses && cost.losses->certain() + cost.losses->possible() > 0
                         ? "; these rows are not carried over, " + say_left(cost.way)
                         : std::string()));
    if (cost.preparation.takes != std::chrono::milliseconds(0))
        lines.push_back("  before that, with the application at work: " + say(cost.preparation));
    lines.push_back((cost.kept_out_since.empty() ? "  nobody gets in for: "
                                                 : "  the application is kept out since " + cost.kept_out_since +
                                                       "; until it is let in again: ") +
                    say(cost.outage));
    add_down(lines, cost);
    lines.push_back(
        "mending it forward: loses nothing of what others wrote, and returns nothing that the release changed or "
        "removed; "
        "until a mended release is through: " +
        say(cost.forward) + ", and the time to write it");
    return lines;
}

std::vector<std::string> say_cost_in_short(const ReturnCost& cost) {
    const auto all = say_cost(cost);
    std::vector<std::string> lines{all[0] + "; " + all[1]};
    lines.push_back("going back would keep everybody out for " + say(cost.outage) +
                    (cost.preparation.takes == std::chrono::milliseconds(0)
                         ? std::string()
                         : ", after restoring for " + say(cost.preparation)));
    return lines;
}

Json to_json(const ReturnCost& cost) {
    return {{"restore_point", cost.restore_point},
            {"age_ms", cost.age.count()},
            {"way", text_of(cost.way)},
            {"losses", cost.losses ? to_json(*cost.losses) : Json(nullptr)},
            {"preparation", to_json(cost.preparation)},
            {"outage", to_json(cost.outage)},
            {"kept_out_since", cost.kept_out_since},
            {"down",
             {{"possible", cost.down.possible},
              {"tried", cost.down.tried},
              {"proven", cost.down.proven},
              {"why_not", cost.down.why_not},
              {"ms", cost.down.takes.count()},
              {"at_risk", to_json(cost.down.at_risk)},
              {"unseen", cost.down.unseen}}},
            {"forward", to_json(cost.forward)}};
}

}  // namespace lastgood
