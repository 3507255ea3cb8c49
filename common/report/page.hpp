#pragma once

#include "report/report.hpp"

#include <string>
#include <vector>

namespace lastgood {

// A page as values: what stands in it, and in which order. It is written as HTML and as Markdown alike.

/// A piece of text. What others wrote or named is quoted; whoever writes the page escapes all of it.
struct PageText {
    enum class Form { words, quoted, number };
    std::string text;
    Form form = Form::words;
    Tone tone = Tone::plain;
    std::vector<std::string> more = {};  ///< further quoted lines
};

PageText words(std::string text, Tone tone = Tone::plain);
PageText quoted(std::string text);
PageText number(std::string text);

/// A time of the record, as people read it: "2026-11-22 15:04:05".
PageText moment(const std::string& at);

struct PageFact {
    std::string name;
    PageText value;
};

struct PageTable {
    std::string caption;
    std::vector<std::string> columns;
    std::vector<std::vector<PageText>> rows;  ///< the first of each names the row
};

struct PageSection {
    std::string id;  ///< [a-z-]
    std::string title;
    std::string lead = {};
    std::vector<PageFact> facts = {};
    std::vector<PageTable> tables = {};
};

/// All but the verdict, what comes next and the time line's picture: what matters first comes first.
/// Those with nothing to say are left out. Pure.
std::vector<PageSection> sections_of(const Report& report);
/// What stands right below the verdict.
std::vector<PageFact> summary_of(const Report& report);
/// The time line in words.
PageTable timeline_table(const std::vector<Interval>& timeline);

}  // namespace lastgood
