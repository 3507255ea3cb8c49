#include "report/markdown_pen.hpp"

#include "report/html_pen.hpp"

#include <algorithm>

namespace lastgood {

namespace {

/// Between the letters of what a host would make a link of.
constexpr const char* k_nothing_wide = "\u200b";

void replace_all(std::string& text, std::string_view what, const std::string& by) {
    for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
}

/// As an element of HTML, in which every character that Markdown could read is a reference.
std::string as_element(std::string_view text) {
    std::string result = "<code>";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain =
            byte >= 0x80 || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ';
        result += plain ? std::string(1, c) : "&#" + std::to_string(byte) + ";";
    }
    return result + "</code>";
}

}  // namespace

const char* sign_of(Tone tone) {
    switch (tone) {
        case Tone::good:
            return "✅ ";
        case Tone::bad:
            return "❌ ";
        case Tone::open:
            return "⏳ ";
        case Tone::plain:
            break;
    }
    return "";
}

std::string MarkdownPen::one_line(std::string_view text) const {
    std::string line = harmless_text(m_redaction, text);
    std::replace(line.begin(), line.end(), '\n', ' ');
    std::replace(line.begin(), line.end(), '\t', ' ');
    return line;
}

std::string MarkdownPen::text(std::string_view text) const {
    std::string result;
    for (const char c : one_line(text)) {
        // A table reads backslashes and bars before anything else does, so that these are references.
        if (std::string_view("|\\<>&").find(c) != std::string_view::npos) {
            result += "&#" + std::to_string(c) + ";";
            continue;
        }
        if (std::string_view("`*_{}[]#~$!").find(c) != std::string_view::npos) result += '\\';
        result += c;
    }
    replace_all(result, "@", std::string("@") + k_nothing_wide);
    replace_all(result, "://", std::string(":") + k_nothing_wide + "//");
    replace_all(result, "www.", std::string("www") + k_nothing_wide + ".");
    return result;
}

std::string MarkdownPen::code(std::string_view text) const {
    const std::string line = one_line(text);
    if (line.find_first_not_of(' ') == std::string::npos) return "";
    const bool plain = line.find_first_of("`|\\$<>") == std::string::npos && line.front() != ' ' && line.back() != ' ';
    return plain ? "`" + line + "`" : as_element(line);
}

std::string MarkdownPen::piece(const PageText& piece) const {
    std::string result =
        piece.form == PageText::Form::quoted ? code(piece.text) : sign_of(piece.tone) + text(piece.text);
    for (const auto& line : piece.more)
        if (const std::string more = code(line); !more.empty()) result += "<br>" + more;
    return result;
}

std::string MarkdownPen::facts(const std::vector<PageFact>& facts) const {
    std::string result;
    for (const auto& fact : facts) result += "- " + text(fact.name) + ": " + piece(fact.value) + "\n";
    return result.empty() ? "" : result + "\n";
}

std::string MarkdownPen::table(const PageTable& table) const {
    std::string head = "|";
    std::string rule = "|";
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const bool number = !table.rows.empty() && i < table.rows.front().size() &&
                            table.rows.front()[i].form == PageText::Form::number;
        head += " " + text(table.columns[i]) + " |";
        rule += number ? " ---: |" : " --- |";
    }
    std::string result = text(table.caption) + ":\n\n" + head + "\n" + rule + "\n";
    for (const auto& row : table.rows) {
        result += "|";
        for (const auto& cell : row) result += " " + piece(cell) + " |";
        result += "\n";
    }
    return result + "\n";
}

std::string MarkdownPen::section(const PageSection& section) const {
    std::string result = "### " + text(section.title) + "\n\n";
    if (!section.lead.empty()) result += text(section.lead) + "\n\n";
    result += facts(section.facts);
    for (const auto& each : section.tables) result += table(each);
    return result;
}

}  // namespace lastgood
