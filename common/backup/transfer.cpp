#include "backup/transfer.hpp"

#include "core/quantity.hpp"
#include "outside/console.hpp"
#include "record/json_values.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {
constexpr std::chrono::milliseconds k_pause{500};
}

Transfer::Transfer(Console& console, std::string verb, std::uint64_t whole)
    : m_console(console), m_verb(std::move(verb)), m_whole(whole) {}

Transfer::~Transfer() {
    tell(state());
}

void Transfer::at(const std::string& what) {
    const std::lock_guard lock(m_name_mutex);
    m_at = what;
}

void Transfer::add(std::uint64_t rows, std::uint64_t octets) {
    m_rows += rows;
    m_octets += octets;
    const std::unique_lock lock(m_mutex, std::try_to_lock);
    const auto now = std::chrono::steady_clock::now();
    if (!lock || now - m_told < k_pause) return;
    m_told = now;
    const State seen = state();
    m_console.progress(line(seen), seen.share);
    tell(seen);
}

void Transfer::done(std::uint64_t part) {
    m_done += part;
}

Transfer::State Transfer::state() const {
    State seen;
    seen.rows = m_rows;
    seen.octets = m_octets;
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - m_start);
    const auto ms = static_cast<std::uint64_t>(std::max<long long>(took.count(), 1));
    seen.rate = seen.octets * 1000 / ms;
    const std::uint64_t part = m_done;
    if (part > 0 && part <= m_whole) {
        seen.share = static_cast<double>(part) / static_cast<double>(m_whole);
        seen.left = std::chrono::milliseconds(
            static_cast<long long>(static_cast<double>(ms) * (1 - *seen.share) / *seen.share));
    }
    const std::lock_guard lock(m_name_mutex);
    seen.at = m_at;
    return seen;
}

std::string Transfer::line(const State& state) const {
    std::string text = m_verb + " " + std::to_string(state.rows) + " rows, " + say_size(state.octets) + ", " +
                       say_size(state.rate) + "/s";
    if (state.share)
        text += ", " + std::to_string(static_cast<int>(*state.share * 100)) + " %, about " + say_duration(*state.left) +
                " left";
    return state.at.empty() ? text : text + ", now " + state.at;
}

void Transfer::tell(const State& state) const {
    if (!m_console.tells_events()) return;
    Json event{{"lastgood", k_record_format}, {"type", "progress"},        {"verb", m_verb}, {"rows", state.rows},
               {"bytes", state.octets},       {"bytes_per_s", state.rate}, {"at", state.at}};
    if (state.share) event["share"] = *state.share;
    if (state.left) event["left_ms"] = state.left->count();
    m_console.event(event.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace lastgood
