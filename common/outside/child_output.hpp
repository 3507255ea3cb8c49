#pragma once

#include "outside/process.hpp"

#include <functional>
#include <string>
#include <string_view>

namespace lastgood {

class Redaction;

/// What comes out of one pipe of a child: as much of it as is to be kept, and line by line for whoever listens.
class ChildOutput {
  public:
    using Listener = std::function<void(std::string_view)>;

    /// `listener` may be empty; it gets lines that are redacted and, unless the child speaks for us, harmless.
    ChildOutput(const Redaction& redaction, KeptOutput keep, Listener listener, bool speaks_for_us = false);

    void add(std::string_view bytes);
    /// The pipe is at its end: a last line without a newline counts too.
    void finish();
    /// More came than is to be kept, and not only the end of it is wanted.
    bool is_too_much() const { return m_too_much; }
    /// Redacted.
    std::string text() const;
    /// All of it, as it came.
    const std::string& unredacted() const { return m_all; }

  private:
    void take_line(std::string_view line, bool complete);

    const Redaction& m_redaction;
    KeptOutput m_keep;
    Listener m_listener;
    bool m_speaks_for_us;
    std::string m_all;
    std::string m_tail;
    std::string m_line;
    bool m_too_much = false;
    bool m_skipping = false;  ///< the rest of a line that is too long
};

}  // namespace lastgood
