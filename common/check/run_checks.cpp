#include "check/run_checks.hpp"

#include "check/watched.hpp"
#include "outside/interruption.hpp"
#include "outside/parallel.hpp"
#include "outside/redaction.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>

namespace lastgood {

namespace {

/// How many may be asked at a time.
class Turns {
  public:
    explicit Turns(int free) : m_free(free) {}
    void take() {
        std::unique_lock lock(m_mutex);
        m_changed.wait(lock, [this] { return m_free > 0; });
        --m_free;
    }
    void give_back() {
        const std::lock_guard lock(m_mutex);
        ++m_free;
        m_changed.notify_one();
    }

  private:
    std::mutex m_mutex;
    std::condition_variable m_changed;
    int m_free;
};

class Turn {
  public:
    explicit Turn(Turns& turns) : m_turns(turns) { m_turns.take(); }
    ~Turn() { m_turns.give_back(); }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

  private:
    Turns& m_turns;
};

void redact(CheckResult& result, const Redaction& redaction) {
    Evidence& evidence = result.evidence;
    for (std::string* text : {&result.reason, &evidence.asked, &evidence.expected, &evidence.found})
        *text = redaction.clean(*text);
    for (std::string& difference : evidence.differences) difference = redaction.clean(difference);
}

/// A question waits for its turn; Interrupted reaches who waits through those whose turn it is.
CheckResult run_in_turn(const CheckSettings& settings, const CheckContext& context, Turns& turns) {
    const auto begin = std::chrono::steady_clock::now();
    const auto question = [&] {
        const Turn turn(turns);
        context.interruption.check();
        return ask(settings, context);
    };
    CheckResult result = watched(settings.window, question, context.interruption);
    result.name = settings.name;
    result.place = settings.place.text();
    const auto took = std::chrono::steady_clock::now() - begin;
    result.took_ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    redact(result, context.redaction);
    return result;
}

bool is_asked_again(const CheckSettings& settings) {
    return settings.window.within.count() > 0 || settings.window.lasting.count() > 0;
}

}  // namespace

CheckResult run_check(const CheckSettings& settings, const CheckContext& context) {
    Turns turns(1);
    return run_in_turn(settings, context, turns);
}

std::vector<CheckResult> run_checks(const std::vector<CheckSettings>& list, const CheckContext& context, int jobs,
                                    const std::function<void(const CheckResult&)>& on_result) {
    Turns turns(jobs);
    // Those that are asked again have a thread for themselves, so that none of them keeps another from its turn.
    const auto threads = jobs + std::count_if(list.begin(), list.end(), is_asked_again);
    std::vector<CheckResult> results(list.size());
    in_parallel(static_cast<int>(threads), list.size(), [&](std::size_t i) {
        results[i] = run_in_turn(list[i], context, turns);
        if (on_result) on_result(results[i]);
    });
    return results;
}

}  // namespace lastgood
