#include "report/html_pen.hpp"

#include "core/quantity.hpp"
#include "outside/harmless.hpp"
#include "outside/redaction.hpp"

#include <array>
#include <cstdio>

namespace lastgood {

namespace {

/// More rows than a person reads are folded.
constexpr std::size_t k_folded_from = 25;

std::string escaped(std::string_view text) {
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

/// A word that says what the colour says.
const char* mark_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "✓ ";
        case Tone::bad:
            return "✗ ";
        case Tone::open:
            return "◌ ";
        case Tone::plain:
            break;
    }
    return "";
}

}  // namespace

std::string harmless_text(const Redaction& redaction, std::string_view text) {
    const std::string result = harmless_lines(redaction.clean(text));
    // What control characters kept apart may be a secret now.
    return redaction.clean(result);
}

std::string share_of_width(double share) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f%%", share * 100);
    return text.data();
}

const char* class_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "good";
        case Tone::bad:
            return "bad";
        case Tone::open:
            return "open";
        case Tone::plain:
            break;
    }
    return "plain";
}

std::string HtmlPen::text(std::string_view text) const {
    return escaped(harmless_text(m_redaction, text));
}

std::string HtmlPen::piece(const PageText& piece) const {
    std::string html = text(piece.text);
    if (piece.form == PageText::Form::quoted) {
        html = "<code>" + html + "</code>";
    } else if (piece.tone != Tone::plain) {
        html = std::string("<span class=\"tone ") + class_of(piece.tone) + "\"><span aria-hidden=\"true\">" +
               mark_of(piece.tone) + "</span>" + html + "</span>";
    }
    for (const auto& line : piece.more) html += "<code class=\"more\">" + text(line) + "</code>";
    return html;
}

std::string HtmlPen::facts(const std::vector<PageFact>& facts, const char* form) const {
    if (facts.empty()) return "";
    std::string html = std::string("<dl class=\"") + form + "\">\n";
    for (const auto& fact : facts)
        html += "<div><dt>" + text(fact.name) + "</dt><dd>" + piece(fact.value) + "</dd></div>\n";
    return html + "</dl>\n";
}

std::string HtmlPen::table(const PageTable& table) const {
    std::string html = "<table role=\"table\">\n<caption>" + text(table.caption) +
                       "</caption>\n<thead role=\"rowgroup\"><tr role=\"row\">";
    for (const auto& column : table.columns)
        html += "<th scope=\"col\" role=\"columnheader\">" + text(column) + "</th>";
    html += "</tr></thead>\n<tbody role=\"rowgroup\">\n";
    for (const auto& row : table.rows) {
        html += "<tr role=\"row\">";
        for (std::size_t i = 0; i < row.size() && i < table.columns.size(); ++i) {
            const std::string form = row[i].form == PageText::Form::number ? " class=\"number\"" : "";
            const std::string label = " data-label=\"" + text(table.columns[i]) + "\"";
            html += i == 0 ? "<th scope=\"row\" role=\"rowheader\">" + piece(row[i]) + "</th>"
                           : "<td role=\"cell\"" + form + label + "><span>" + piece(row[i]) + "</span></td>";
        }
        html += "</tr>\n";
    }
    return html + "</tbody>\n</table>\n";
}

std::string HtmlPen::folded(const PageTable& table) const {
    return "<details>\n<summary>" + text(table.caption) + ": " + say_count(table.rows.size(), "row") + "</summary>\n" +
           this->table(table) + "</details>\n";
}

std::string HtmlPen::section(const PageSection& section) const {
    const std::string id = text(section.id);
    std::string html =
        "<section aria-labelledby=\"" + id + "\">\n<h2 id=\"" + id + "\">" + text(section.title) + "</h2>\n";
    if (!section.lead.empty()) html += "<p>" + text(section.lead) + "</p>\n";
    html += facts(section.facts, "list");
    for (const auto& each : section.tables) html += each.rows.size() < k_folded_from ? table(each) : folded(each);
    return html + "</section>\n";
}

}  // namespace lastgood
