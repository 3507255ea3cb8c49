#include "report/page.hpp"

#include "core/quantity.hpp"
#include "report/page_sections.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {

std::string clock_of(Time time) {
    return say_time(time).substr(11, 8);
}

std::string say_kind(const Interval& interval) {
    if (interval.kind == Interval::Kind::action) return interval.step + " / " + interval.name;
    return interval.name;
}

std::string fenced_words(const Report& report) {
    const bool up = std::any_of(report.timeline.begin(), report.timeline.end(), [](const Interval& interval) {
        return interval.kind == Interval::Kind::fence && !interval.ended;
    });
    if (report.held) return say_duration(*report.held) + (up ? ", and still" : "");
    return up ? "still" : "never";
}

void add(std::vector<PageSection>& sections, PageSection section) {
    if (!section.facts.empty() || !section.tables.empty()) sections.push_back(std::move(section));
}

}  // namespace

std::string say_known(const std::optional<std::chrono::milliseconds>& duration) {
    return duration ? say_duration(*duration) : "-";
}

PageText words(std::string text, Tone tone) {
    return {std::move(text), PageText::Form::words, tone};
}

PageText quoted(std::string text) {
    return {std::move(text), PageText::Form::quoted};
}

PageText number(std::string text) {
    return {std::move(text), PageText::Form::number};
}

PageText moment(const std::string& at) {
    std::string text = at.substr(0, 19);
    if (text.size() > 10 && text[10] == 'T') text[10] = ' ';
    return words(text);
}

std::vector<PageFact> summary_of(const Report& report) {
    std::vector<PageFact> facts{{"Environment", quoted(report.scope)}, {"Run", quoted(report.run)}};
    if (report.attempt > 1) facts.back().value.text += " (attempt " + std::to_string(report.attempt) + ")";
    if (report.attempt == 0) return facts;
    facts.push_back({report.hotfix ? "Hotfix on" : "Release", quoted(report.commit.substr(0, 12))});
    facts.push_back({"Begun (UTC)", moment(report.begun_at)});
    if (!report.actor.empty()) facts.push_back({"By", quoted(report.actor)});
    if (!report.timeline.empty()) {
        Time first = report.timeline.front().begin;
        Time last = report.timeline.front().end;
        for (const auto& interval : report.timeline) {
            first = std::min(first, interval.begin);
            last = std::max(last, interval.end);
        }
        facts.push_back({"First to last event", words(say_duration(last - first))});
    }
    facts.push_back({"Writers kept out", words(fenced_words(report))});
    facts.push_back({"Nobody could connect", words(report.gap ? say_duration(*report.gap) : "never")});
    return facts;
}

PageSection cost_section(const Report& report) {
    PageSection section{"cost", "What going back would cost", "Counted and estimated when this was written."};
    if (report.cost.empty()) return section;
    section.tables.push_back({"Estimates", {"Going back"}, {}});
    for (const auto& line : report.cost) section.tables.back().rows.push_back({words(line)});
    return section;
}

PageTable timeline_table(const std::vector<Interval>& timeline) {
    PageTable table{"The time line in words", {"What", "Began (UTC)", "Took", "Came to"}, {}};
    for (const auto& interval : timeline) {
        PageText outcome = words(interval.outcome.empty() ? "done" : interval.outcome, interval.tone);
        if (!interval.what.empty()) outcome.more.push_back(interval.what);
        table.rows.push_back({quoted(say_kind(interval)), words(clock_of(interval.begin)),
                              number((interval.ended ? "" : "at least ") + say_duration(interval.took())),
                              std::move(outcome)});
    }
    return table;
}

std::vector<PageSection> sections_of(const Report& report) {
    std::vector<PageSection> sections;
    add(sections, cost_section(report));
    add(sections, pair_section(report));
    add(sections, checks_section(report));
    add(sections, plan_section(report));
    add(sections, rehearsal_section(report));
    add(sections, standstill_section(report));
    add(sections, locks_section(report));
    add(sections, sizes_section(report));
    add(sections, tables_section(report));
    add(sections, record_section(report));
    return sections;
}

}  // namespace lastgood
