#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace lastgood {

class Console;

struct ProgressSaid {
    std::string text;
    std::optional<double> share;  ///< none once it takes longer than it was to
};

/// "migrating for 40 s, about 2 min left, as in the rehearsal".
ProgressSaid say_predicted(std::chrono::milliseconds elapsed, std::chrono::milliseconds predicted);

/// While it lives: says now and then how much time is left, where the rehearsal showed how long it takes.
class PredictedProgress {
  public:
    PredictedProgress(Console& console, std::optional<std::chrono::milliseconds> predicted);

  private:
    std::mutex m_mutex;
    std::condition_variable_any m_over;
    std::jthread m_teller;  ///< last: it ends before what it uses
};

}  // namespace lastgood
