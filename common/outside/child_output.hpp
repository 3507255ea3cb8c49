#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace lastgood {

class Redaction;

/// What comes out of one pipe of a child: all of it, or its redacted end, and line by line for whoever listens.
class ChildOutput {
  public:
    using Listener = std::function<void(std::string_view)>;

    /// `listener` may be empty; it gets lines that are redacted and harmless.
    ChildOutput(const Redaction& redaction, bool keep_all, Listener listener);

    void add(std::string_view bytes);
    /// The pipe is at its end: a last line without a newline counts too.
    void finish();
    /// Redacted.
    std::string text() const;

  private:
    void take_line(std::string_view line, bool complete);

    const Redaction& m_redaction;
    bool m_keep_all;
    Listener m_listener;
    std::string m_all;
    std::string m_tail;
    std::string m_line;
    bool m_skipping = false;  ///< the rest of a line that is too long
};

}  // namespace lastgood
