#pragma once

#include "report/page.hpp"

#include <string>
#include <string_view>

namespace lastgood {

class Redaction;

/// A sign that says what a tone says; "" for none.
const char* sign_of(Tone tone);

/// Writes pieces of a page as the Markdown of GitHub and GitLab. Nothing of a text that is given to it is obeyed: no
/// markup, no HTML, no mention, no link. What is quoted stands in a span of code; every piece is one line.
class MarkdownPen {
  public:
    explicit MarkdownPen(const Redaction& redaction) : m_redaction(redaction) {}

    std::string text(std::string_view text) const;
    std::string code(std::string_view text) const;
    std::string piece(const PageText& piece) const;
    /// A list, a line each.
    std::string facts(const std::vector<PageFact>& facts) const;
    std::string table(const PageTable& table) const;
    std::string section(const PageSection& section) const;

  private:
    std::string one_line(std::string_view text) const;
    const Redaction& m_redaction;
};

}  // namespace lastgood
