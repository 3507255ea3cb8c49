#pragma once

#include <chrono>
#include <string>

namespace lastgood {

class Console;
class Interruption;

/// A wait for something that a platform does at its own pace, bounded.
class Waiting {
  public:
    Waiting(std::chrono::milliseconds limit, std::chrono::milliseconds poll, Console& console,
            Interruption& interruption)
        : m_until(std::chrono::steady_clock::now() + limit),
          m_poll(poll),
          m_console(console),
          m_interruption(interruption) {}

    /// Sleeps until it is time to look again, and says what for; false where the limit is passed. Interrupted.
    bool again(const std::string& what);

  private:
    std::chrono::steady_clock::time_point m_until;
    std::chrono::milliseconds m_poll;
    Console& m_console;
    Interruption& m_interruption;
};

}  // namespace lastgood
