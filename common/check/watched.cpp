#include "check/watched.hpp"

#include "core/quantity.hpp"
#include "outside/interruption.hpp"

#include <algorithm>
#include <chrono>

namespace lastgood {

namespace {

using Clock = std::chrono::steady_clock;

constexpr Milliseconds k_while_waiting{std::chrono::seconds(1)};
constexpr Milliseconds k_while_watching{std::chrono::seconds(10)};

Milliseconds since(Clock::time_point begin) {
    return std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
}

/// The questions about one check.
class Questions {
  public:
    Questions(const Window& window, const std::function<CheckResult()>& ask, const Interruption& interruption)
        : m_window(window), m_ask(ask), m_interruption(interruption) {}

    CheckResult answer() {
        CheckResult result = wait_for_a_pass();
        if (result.verdict != Verdict::failed && m_window.lasting.count() > 0 && !gave_up(result))
            result = watch(result);
        result.asked = m_asked;
        return result;
    }

  private:
    CheckResult ask() {
        m_interruption.check();
        ++m_asked;
        return m_ask();
    }

    /// It was waited for in vain: there is nothing to watch.
    bool gave_up(const CheckResult& result) const {
        return m_window.within.count() > 0 && result.verdict != Verdict::passed;
    }

    CheckResult wait_for_a_pass() {
        const auto begin = Clock::now();
        CheckResult result = ask();
        while (result.verdict != Verdict::passed && since(begin) < m_window.within) {
            m_interruption.wait(std::min(m_window.every.value_or(k_while_waiting), m_window.within - since(begin)));
            result = ask();
        }
        if (result.verdict != Verdict::passed && m_asked > 1)
            result.reason += ", asked " + say_count(static_cast<std::uint64_t>(m_asked), "time") + " in " +
                             say_duration(since(begin));
        return result;
    }

    CheckResult watch(CheckResult result) {
        const auto begin = Clock::now();
        while (since(begin) < m_window.lasting) {
            m_interruption.wait(std::min(m_window.every.value_or(k_while_watching), m_window.lasting - since(begin)));
            result = ask();
            if (result.verdict != Verdict::failed) continue;
            result.reason += ", after " + say_duration(since(begin)) + " of watching";
            return result;
        }
        result.reason += ", watched for " + say_duration(m_window.lasting);
        return result;
    }

    const Window& m_window;
    const std::function<CheckResult()>& m_ask;
    const Interruption& m_interruption;
    int m_asked = 0;
};

}  // namespace

CheckResult watched(const Window& window, const std::function<CheckResult()>& ask, const Interruption& interruption) {
    return Questions(window, ask, interruption).answer();
}

}  // namespace lastgood
