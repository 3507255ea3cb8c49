#include "report/html.hpp"

#include "report/page_style.hpp"
#include "report/timeline_svg.hpp"

namespace lastgood {

namespace {

std::string header(const Report& report, const HtmlPen& pen) {
    return std::string("<header>\n<div class=\"verdict ") + class_of(report.tone) + "\">\n<p class=\"over\">" +
           pen.text(report.scope) + ", run " + pen.text(report.run) + "</p>\n<h1>" + pen.text(report.verdict) +
           "</h1>\n<p>" + pen.text(report.sentence) + "</p>\n</div>\n</header>\n";
}

/// The command apart from what explains it.
std::string next(const Report& report, const HtmlPen& pen) {
    const auto end = report.next.find("   ");
    std::string html = "<section class=\"next\" aria-labelledby=\"next\">\n<h2 id=\"next\">Next</h2>\n<pre>" +
                       pen.text(report.next.substr(0, end)) + "</pre>\n";
    if (end != std::string::npos) html += "<p>" + pen.text(report.next.substr(end + 3)) + "</p>\n";
    return html + "</section>\n";
}

std::string timeline(const Report& report, const HtmlPen& pen) {
    if (report.timeline.empty()) return "";
    return "<section aria-labelledby=\"timeline\">\n<h2 id=\"timeline\">What happened</h2>\n" +
           timeline_svg(report.timeline, pen) + pen.folded(timeline_table(report.timeline)) + "</section>\n";
}

}  // namespace

std::string html_page(const std::string& title, const std::string& body, const HtmlPen& pen) {
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
           "<meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
           "img-src data:\">\n<link rel=\"icon\" href=\"data:,\">\n<title>" +
           pen.text(title) + "</title>\n<style>" + k_page_style + "</style>\n</head>\n<body>\n" + body +
           "</body>\n</html>\n";
}

std::string html(const Report& report, const Redaction& redaction) {
    const HtmlPen pen(redaction);
    std::string body = header(report, pen) + "<main>\n" + pen.facts(summary_of(report), "tiles") + next(report, pen) +
                       timeline(report, pen);
    for (const auto& section : sections_of(report)) body += pen.section(section);
    body += "</main>\n<footer>Written " + pen.text(report.written_at) + " by " + pen.text(report.written_by) +
            ". All times are UTC.</footer>\n";
    return html_page(report.verdict + ": " + report.scope + ", run " + report.run, body, pen);
}

}  // namespace lastgood
