#include "report/mermaid.hpp"

#include "core/quantity.hpp"
#include "report/html_pen.hpp"
#include "report/time_scale.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace lastgood {

namespace {

/// More bars than this nobody reads, and hosts refuse large diagrams.
constexpr std::size_t k_most_bars = 80;
constexpr std::size_t k_longest_name = 48;

/// The grammar of a Gantt chart has no quotes: what could end a name is left out.
std::string chart_name(const Redaction& redaction, const std::string& text) {
    std::string name;
    for (const char c : harmless_text(redaction, text)) {
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '_' || c == '.' || c == ',';
        if (plain) {
            name += c;
        } else if (!name.empty() && name.back() != ' ') {
            name += ' ';
        }
        if (name.size() >= k_longest_name) break;
    }
    while (!name.empty() && name.back() == ' ') name.pop_back();
    return name.empty() ? "unnamed" : name;
}

const char* state_of(const Interval& interval) {
    if (!interval.ended) return "active, ";
    switch (interval.tone) {
        case Tone::good:
            return "done, ";
        case Tone::bad:
            return "crit, ";
        case Tone::open:
            return "active, ";
        case Tone::plain:
            break;
    }
    return "";
}

/// Milliseconds on the chart: those of the clock, or, where waits are cut, those of the work since the beginning.
class ChartClock {
  public:
    explicit ChartClock(const std::vector<Interval>& timeline) : m_scale(timeline) {}

    bool is_cut() const { return !m_scale.breaks().empty(); }

    std::int64_t at(Time time) const {
        if (!is_cut()) return time.time_since_epoch().count();
        // The narrow breaks keep their width.
        double width = 0;
        for (const auto& wait : m_scale.breaks()) width += wait.end - wait.begin;
        return std::llround(m_scale.at(time) * static_cast<double>(m_scale.work().count()) / (1 - width));
    }

    std::string say_waits() const {
        std::string text;
        for (const auto& wait : m_scale.breaks())
            text += (text.empty() ? ", without a wait of " : " and one of ") + say_duration(wait.lasted);
        return text;
    }

  private:
    TimeScale m_scale;
};

}  // namespace

std::string mermaid_gantt(const std::vector<Interval>& timeline, const Redaction& redaction) {
    if (timeline.empty()) return "";
    const ChartClock clock(timeline);
    std::string chart =
        "gantt\n    accTitle: Time line of the run\n    accDescr: The table of the time line says the same\n";
    chart += "    title Time line to scale" + clock.say_waits() + "\n    dateFormat x\n";
    chart += clock.is_cut() ? "    axisFormat -\n" : "    axisFormat %H:%M:%S\n";
    chart += "    todayMarker off\n";
    std::string section;
    std::size_t bars = 0;
    for (const auto& interval : timeline) {
        if (++bars > k_most_bars) break;
        const std::string wanted =
            interval.kind == Interval::Kind::fence ? "fence" : chart_name(redaction, interval.step);
        if (wanted != section) chart += "    section " + wanted + "\n";
        section = wanted;
        // A name in front of which another word stands is never a keyword.
        const std::string name =
            interval.kind == Interval::Kind::step ? "whole step" : chart_name(redaction, interval.name);
        const std::int64_t begin = clock.at(interval.begin);
        const std::int64_t end = std::max(begin + 1, clock.at(interval.end));
        chart += "    " + say_duration(interval.took()) + " " + name +
                 (interval.outcome.empty() ? "" : ", " + chart_name(redaction, interval.outcome)) + " :" +
                 state_of(interval) + std::to_string(begin) + ", " + std::to_string(end) + "\n";
    }
    return chart;
}

}  // namespace lastgood
