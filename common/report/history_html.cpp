#include "core/quantity.hpp"
#include "report/history.hpp"
#include "report/html.hpp"
#include "report/page_sections.hpp"

#include <algorithm>
#include <functional>

namespace lastgood {

namespace {

/// More columns than this are too thin; the table has all.
constexpr std::size_t k_most_columns = 60;
constexpr int k_chart_height = 132;
constexpr int k_top = 20;

/// What a chart shows of a line; none: nothing is known.
using Measure = std::function<std::optional<double>(const HistoryLine& line)>;

std::string day_of(const HistoryLine& line) {
    return line.at.substr(0, 10);
}

/// Below each column a sign of its verdict, so that colour is not all that tells them apart.
std::string sign(Tone tone, double x, int y) {
    const std::string at = " x=\"" + share_of_width(x) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"middle\"";
    const char* text = tone == Tone::good ? "✓" : tone == Tone::bad ? "↩" : tone == Tone::open ? "◌" : "–";
    return "<text class=\"sign " + std::string(class_of(tone)) + "\"" + at + ">" + text + "</text>\n";
}

std::string columns(const std::vector<HistoryLine>& lines, const Measure& measure, double highest) {
    std::string svg;
    const double step = 1.0 / static_cast<double>(std::max<std::size_t>(lines.size(), 8));
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const double x = static_cast<double>(i) * step;
        const auto value = measure(lines[i]);
        const int room = k_chart_height - k_top;
        const int height = value && highest > 0 ? std::max(2, static_cast<int>(*value / highest * room)) : 0;
        if (height > 0)
            svg += std::string("<rect class=\"bar ") + class_of(lines[i].tone) + "\" x=\"" +
                   share_of_width(x + step * 0.15) + "\" width=\"" + share_of_width(step * 0.7) + "\" y=\"" +
                   std::to_string(k_chart_height - height) + "\" height=\"" + std::to_string(height) +
                   "\" rx=\"1\"/>\n";
        if (lines.size() <= 30) svg += sign(lines[i].tone, x + step / 2, k_chart_height + 16);
    }
    return svg;
}

struct Chart {
    std::string id;
    std::string title;
    Measure measure;
    std::function<std::string(double)> say;
};

std::string chart(const Chart& order, const std::vector<HistoryLine>& lines, const HtmlPen& pen) {
    double highest = 0;
    std::size_t known = 0;
    for (const auto& line : lines) {
        const auto value = order.measure(line);
        if (value) ++known;
        highest = std::max(highest, value.value_or(0));
    }
    if (known == 0) return "";
    const std::string top = order.say(highest);
    const std::string words = order.title + " of " + say_count(lines.size(), "run") + " from " + day_of(lines.front()) +
                              " to " + day_of(lines.back()) + "; the highest is " + top +
                              ". The table below has every number.";
    return "<figure>\n<figcaption>" + pen.text(order.title) + "</figcaption>\n<svg role=\"img\" aria-labelledby=\"" +
           order.id + "-words\" width=\"100%\" height=\"" + std::to_string(k_chart_height + 40) + "\">\n<title id=\"" +
           order.id + "-words\">" + pen.text(words) + "</title>\n<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"" +
           std::to_string(k_top) + "\" y2=\"" + std::to_string(k_top) + "\"/>\n<text class=\"tick\" x=\"0\" y=\"14\">" +
           pen.text(top) + "</text>\n<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"" + std::to_string(k_chart_height) +
           "\" y2=\"" + std::to_string(k_chart_height) + "\"/>\n" + columns(lines, order.measure, highest) +
           "<text class=\"tick\" x=\"0\" y=\"" + std::to_string(k_chart_height + 36) + "\">" +
           pen.text(day_of(lines.front())) + "</text>\n<text class=\"tick\" text-anchor=\"end\" x=\"100%\" y=\"" +
           std::to_string(k_chart_height + 36) + "\">" +
           (day_of(lines.front()) == day_of(lines.back()) ? "" : pen.text(day_of(lines.back()))) +
           "</text>\n</svg>\n</figure>\n";
}

Measure duration(std::optional<std::chrono::milliseconds> HistoryLine::*field) {
    return [field](const HistoryLine& line) -> std::optional<double> {
        if (!(line.*field)) return std::nullopt;
        return static_cast<double>((line.*field)->count());
    };
}

std::string say_milliseconds(double value) {
    return say_duration(std::chrono::milliseconds(static_cast<long long>(value)));
}

std::string charts(const std::vector<HistoryLine>& all, const HtmlPen& pen) {
    const std::size_t left_out = all.size() > k_most_columns ? all.size() - k_most_columns : 0;
    const std::vector<HistoryLine> lines(all.begin() + static_cast<std::ptrdiff_t>(left_out), all.end());
    const std::vector<Chart> orders{
        {"worked", "Time at work", duration(&HistoryLine::worked), say_milliseconds},
        {"migrated", "The migration alone", duration(&HistoryLine::migrated), say_milliseconds},
        {"held", "Writers kept out", duration(&HistoryLine::held), say_milliseconds},
        {"bytes", "Size of the restore point",
         [](const HistoryLine& line) -> std::optional<double> {
             if (!line.bytes) return std::nullopt;
             return static_cast<double>(*line.bytes);
         },
         [](double value) { return say_size(static_cast<std::uint64_t>(value)); }},
    };
    std::string html;
    for (const auto& order : orders) html += chart(order, lines, pen);
    if (html.empty()) return "";
    const std::string note = left_out == 0 ? "" : "<p>The newest " + say_count(lines.size(), "run") + ".</p>\n";
    return "<section aria-labelledby=\"charts\">\n<h2 id=\"charts\">Over time</h2>\n" + note +
           "<p class=\"legend\"><span class=\"tone good\">✓ good</span> <span class=\"tone bad\">↩ rolled back or "
           "failed</span> <span class=\"tone open\">◌ open</span> <span>– nothing changed</span></p>\n<div "
           "class=\"charts\">\n" +
           html + "</div>\n</section>\n";
}

/// Newest first, as it is read.
PageSection table_section(const ReleaseHistory& history) {
    PageTable table{"Every run, newest first",
                    {"Run", "Verdict", "Begun (UTC)", "Commit", "At work", "Migration", "Kept out", "Restore point"},
                    {}};
    for (auto line = history.lines.rbegin(); line != history.lines.rend(); ++line) {
        PageText run =
            quoted(line->run + (line->attempt > 1 ? " (attempt " + std::to_string(line->attempt) + ")" : ""));
        PageText verdict = words(line->outcome, line->tone);
        if (!line->why.empty()) verdict.more.push_back(line->why);
        table.rows.push_back({std::move(run), std::move(verdict), moment(line->at), quoted(line->commit.substr(0, 12)),
                              number(say_known(line->worked)), number(say_known(line->migrated)),
                              number(say_known(line->held)), number(line->bytes ? say_size(*line->bytes) : "-")});
    }
    return {"runs", "Runs", "", {}, {std::move(table)}};
}

}  // namespace

std::string history_html(const ReleaseHistory& history, const Redaction& redaction) {
    const HtmlPen pen(redaction);
    const auto good = std::count_if(history.lines.begin(), history.lines.end(),
                                    [](const HistoryLine& line) { return line.tone == Tone::good; });
    std::string body =
        "<header>\n<div class=\"verdict\">\n<p class=\"over\">" + pen.text(history.scope) +
        "</p>\n<h1>Releases over time</h1>\n<p>" +
        pen.text(say_count(history.lines.size(), "run") + ", " + std::to_string(good) + " of them good.") +
        "</p>\n</div>\n</header>\n<main>\n";
    if (!history.lines.empty()) body += charts(history.lines, pen) + pen.section(table_section(history));
    body += "</main>\n<footer>Written " + pen.text(history.written_at) + " by " + pen.text(history.written_by) +
            ". Times are UTC.</footer>\n";
    return html_page("Releases of " + history.scope, body, pen);
}

}  // namespace lastgood
