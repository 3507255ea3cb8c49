#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What the server still has to answer to messages that were passed to it, in their order: which statement a
/// CommandComplete belongs to, and whether everything that came before is done.
class GateAnswers {
  public:
    /// A message of the client. `statements`: those in it (Query), or the one it runs (Execute), as they are shown.
    void sent(char type, std::vector<std::string> statements = {});
    /// A message of the server. The statement that it completes, "" if it is not known.
    std::optional<std::string> received(char type);

    bool none() const { return m_due.empty(); }
    /// The server keeps the last of them back until it is told to send them.
    bool needs_flush() const;

  private:
    struct Due {
        char type;
        std::vector<std::string> statements;
        std::size_t completed = 0;
    };

    bool front_is(const char* types) const;
    void skip_to_sync();
    void begin_copy_in();
    std::string complete();

    std::deque<Due> m_due;
    bool m_skipping = false;  ///< after an error the server reads on to the next Sync
    bool m_copying = false;   ///< and in COPY FROM STDIN it overlooks Sync and Flush
};

}  // namespace lastgood
