#include "steps/migrate/predicted_progress.hpp"

#include "core/quantity.hpp"
#include "outside/console.hpp"

namespace lastgood {

namespace {

constexpr std::chrono::seconds k_pause{5};

}  // namespace

ProgressSaid say_predicted(std::chrono::milliseconds elapsed, std::chrono::milliseconds predicted) {
    const std::string text = "migrating for " + say_duration(elapsed);
    if (elapsed > predicted) return {text + ", longer than the rehearsal's " + say_duration(predicted), std::nullopt};
    return {text + ", about " + say_duration(predicted - elapsed) + " left, as in the rehearsal",
            static_cast<double>(elapsed.count()) / static_cast<double>(predicted.count())};
}

PredictedProgress::PredictedProgress(Console& console, std::optional<std::chrono::milliseconds> predicted) {
    if (!predicted || predicted->count() == 0) return;
    m_teller = std::jthread([this, &console, predicted](const std::stop_token& stop) {
        const auto begin = std::chrono::steady_clock::now();
        std::unique_lock lock(m_mutex);
        while (!m_over.wait_for(lock, stop, k_pause, [&stop] { return stop.stop_requested(); })) {
            const auto elapsed = std::chrono::steady_clock::now() - begin;
            const ProgressSaid said =
                say_predicted(std::chrono::duration_cast<std::chrono::milliseconds>(elapsed), *predicted);
            console.progress(said.text, said.share);
        }
    });
}

}  // namespace lastgood
