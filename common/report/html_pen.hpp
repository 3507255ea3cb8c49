#pragma once

#include "report/page.hpp"

#include <string>
#include <string_view>

namespace lastgood {

class Redaction;

/// `text` without secrets and without what a terminal or a CI runner would obey, line by line.
std::string harmless_text(const Redaction& redaction, std::string_view text);

/// Writes pieces of a page as HTML. Every text that is given to it is somebody else's: it goes through the redaction
/// and is escaped.
class HtmlPen {
  public:
    explicit HtmlPen(const Redaction& redaction) : m_redaction(redaction) {}

    /// For an element's content and for a quoted attribute alike.
    std::string text(std::string_view text) const;
    std::string piece(const PageText& piece) const;
    /// `form`: "tiles" beside each other, or a "list".
    std::string facts(const std::vector<PageFact>& facts, const char* form) const;
    /// A table that narrow screens show as a list; screen readers are told that it stays a table.
    std::string table(const PageTable& table) const;
    /// Behind a line that opens it.
    std::string folded(const PageTable& table) const;
    /// The section with its heading; long tables folded.
    std::string section(const PageSection& section) const;

  private:
    const Redaction& m_redaction;
};

/// "12.500%", for the bars of a picture that is as wide as the page.
std::string share_of_width(double share);
/// The class of a tone: "good", "bad", "open", "plain".
const char* class_of(Tone tone);

}  // namespace lastgood
