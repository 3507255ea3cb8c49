#include "report/timeline_svg.hpp"

#include "core/cut_text.hpp"
#include "core/quantity.hpp"
#include "report/time_scale.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr int k_axis = 30;
constexpr int k_step_row = 38;
constexpr int k_action_row = 32;
/// Of a bar, so that what took next to nothing is seen.
constexpr double k_narrowest = 0.006;
constexpr int k_most_ticks = 4;
constexpr std::size_t k_longest_name = 34;

int height_of(const Interval& interval) {
    return interval.kind == Interval::Kind::action ? k_action_row : k_step_row;
}

const char* class_of(Interval::Kind kind) {
    switch (kind) {
        case Interval::Kind::fence:
            return "fence";
        case Interval::Kind::step:
            return "step";
        case Interval::Kind::action:
            break;
    }
    return "action";
}

std::string attribute(const char* name, int value) {
    return std::string(" ") + name + "=\"" + std::to_string(value) + "\"";
}

/// How long after the beginning; where a wait is cut that would say nothing, and it is the clock's time.
std::string say_tick(Time tick, const TimeScale& scale) {
    return scale.breaks().empty() ? "+" + say_duration(tick - scale.begin()) : say_time(tick).substr(11, 8);
}

std::string axis(const TimeScale& scale, int height, const HtmlPen& pen) {
    std::string svg =
        "<text class=\"tick\" x=\"0\" y=\"14\">" + pen.text(say_time(scale.begin()).substr(11, 8)) + "</text>\n";
    for (const Time tick : scale.ticks(k_most_ticks)) {
        const double x = scale.at(tick);
        svg += "<line class=\"grid\" x1=\"" + share_of_width(x) + "\" x2=\"" + share_of_width(x) + "\" y1=\"20\"" +
               attribute("y2", height) + "/>\n";
        const bool hidden = x < 0.2 || x > 0.96 ||
                            std::any_of(scale.breaks().begin(), scale.breaks().end(),
                                        [x](const auto& wait) { return x > wait.begin - 0.2 && x < wait.end + 0.2; });
        if (!hidden)
            svg += "<text class=\"tick\" text-anchor=\"middle\" x=\"" + share_of_width(x) + "\" y=\"14\">" +
                   pen.text(say_tick(tick, scale)) + "</text>\n";
    }
    for (const auto& wait : scale.breaks()) {
        svg += "<rect class=\"wait\" x=\"" + share_of_width(wait.begin) + "\" width=\"" +
               share_of_width(wait.end - wait.begin) + "\" y=\"20\"" + attribute("height", height - 20) + "/>\n";
        svg += "<text class=\"tick\" text-anchor=\"middle\" x=\"" + share_of_width((wait.begin + wait.end) / 2) +
               "\" y=\"14\">" + pen.text("wait " + say_duration(wait.lasted)) + "</text>\n";
    }
    return svg;
}

std::string bar(const Interval& interval, const TimeScale& scale, int y, const HtmlPen& pen) {
    const double begin = std::min(scale.at(interval.begin), 1 - k_narrowest);
    const double width = std::min(std::max(scale.at(interval.end) - begin, k_narrowest), 1 - begin);
    const bool action = interval.kind == Interval::Kind::action;
    std::string svg = std::string("<text class=\"") + class_of(interval.kind) + "\" x=\"" + (action ? "12" : "0") +
                      "\"" + attribute("y", y + 12) + "><tspan class=\"name\">" +
                      pen.text(cut_line(interval.name, k_longest_name)) + "</tspan> <tspan class=\"took\">" +
                      pen.text(say_duration(interval.took())) + (interval.outcome.empty() ? "" : ", ") +
                      pen.text(interval.outcome) + "</tspan></text>\n";
    svg += std::string("<rect class=\"bar ") + class_of(interval.kind) + " " + class_of(interval.tone) + "\" x=\"" +
           share_of_width(begin) + "\" width=\"" + share_of_width(width) + "\"" + attribute("y", y + 18) +
           attribute("height", action ? 6 : 10) + " rx=\"2\"/>\n";
    return svg;
}

std::string in_words(const TimeScale& scale, const std::vector<Interval>& timeline) {
    const auto steps = std::count_if(timeline.begin(), timeline.end(),
                                     [](const auto& each) { return each.kind == Interval::Kind::step; });
    std::string text = say_count(static_cast<std::uint64_t>(steps), "step") + " at work for " +
                       say_duration(scale.work()) + " from " + say_time(scale.begin()).substr(0, 19) + " UTC on";
    for (const auto& wait : scale.breaks()) text += "; a wait of " + say_duration(wait.lasted) + " is cut";
    return text + ". The table below says the same.";
}

}  // namespace

std::string timeline_svg(const std::vector<Interval>& timeline, const HtmlPen& pen) {
    if (timeline.empty()) return "";
    const TimeScale scale(timeline);
    int height = k_axis;
    for (const auto& interval : timeline) height += height_of(interval);
    std::string svg =
        "<svg class=\"timeline\" role=\"img\" aria-labelledby=\"timeline-title timeline-words\" width=\"100%\"" +
        attribute("height", height) +
        ">\n<title id=\"timeline-title\">Time line, to scale</title>\n<desc id=\"timeline-words\">" +
        pen.text(in_words(scale, timeline)) + "</desc>\n" +
        "<defs><pattern id=\"hatch\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" "
        "patternTransform=\"rotate(45)\"><line class=\"hatch\" x1=\"0\" y1=\"0\" x2=\"0\" y2=\"6\"/>"
        "</pattern></defs>\n" +
        axis(scale, height, pen);
    int y = k_axis;
    for (const auto& interval : timeline) {
        svg += bar(interval, scale, y, pen);
        y += height_of(interval);
    }
    return svg + "</svg>\n";
}

}  // namespace lastgood
