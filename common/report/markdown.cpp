#include "report/markdown.hpp"

#include "core/quantity.hpp"
#include "report/markdown_pen.hpp"
#include "report/mermaid.hpp"

#include <utility>
#include <vector>

namespace lastgood {

namespace {

/// A part that is written whole, or line by line where it may be cut.
struct Part {
    std::string text;
    bool whole = false;
};

std::string head(const Report& report, const MarkdownPen& pen) {
    std::string text = "## " + std::string(sign_of(report.tone)) + pen.text(report.verdict) + ": " +
                       pen.code(report.scope) + "\n\n" + pen.text(report.sentence) + "\n\n";
    const auto end = report.next.find("   ");
    text += "**Next:** " + pen.code(report.next.substr(0, end));
    if (end != std::string::npos) text += " " + pen.text(report.next.substr(end + 3));
    return text + "\n\n";
}

std::string timeline(const Report& report, const MarkdownPen& pen, const Redaction& redaction) {
    if (report.timeline.empty()) return "";
    return "### What happened\n\n```mermaid\n" + mermaid_gantt(report.timeline, redaction) +
           "```\n\n<details><summary>The time line in words</summary>\n\n" +
           pen.table(timeline_table(report.timeline)) + "</details>\n\n";
}

std::vector<Part> parts_of(const Report& report, const Redaction& redaction) {
    const MarkdownPen pen(redaction);
    std::vector<Part> parts{{head(report, pen), false}, {pen.facts(summary_of(report)), false}};
    parts.push_back({timeline(report, pen, redaction), true});
    for (const auto& section : sections_of(report)) parts.push_back({pen.section(section), false});
    return parts;
}

/// So many whole lines of `text` as fit.
std::string lines_within(const std::string& text, std::size_t room) {
    if (text.size() <= room) return text;
    const auto end = room == 0 ? std::string::npos : text.rfind('\n', room - 1);
    return end == std::string::npos ? "" : text.substr(0, end + 1);
}

}  // namespace

std::string markdown(const Report& report, const Redaction& redaction, std::size_t limit) {
    const std::vector<Part> parts = parts_of(report, redaction);
    std::size_t size = 0;
    for (const auto& part : parts) size += part.text.size();
    std::string result;
    if (limit == 0 || size <= limit) {
        for (const auto& part : parts) result += part.text;
        return result;
    }
    const std::string word = "\n\n_Cut here: all of it is longer than " + say_size(limit) +
                             ". `lastgood report --html FILE` leaves nothing out._\n";
    if (word.size() > limit) return lines_within(parts.front().text, limit);
    const std::size_t room = limit - word.size();
    for (const auto& part : parts) {
        if (result.size() + part.text.size() <= room) {
            result += part.text;
            continue;
        }
        // A picture that does not fit makes room for what is said in words.
        if (part.whole) continue;
        result += lines_within(part.text, room - result.size());
        break;
    }
    return result + word;
}

}  // namespace lastgood
