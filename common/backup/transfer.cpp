#include "backup/transfer.hpp"

#include "core/quantity.hpp"
#include "outside/console.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {
constexpr std::chrono::milliseconds k_pause{500};
}

Transfer::Transfer(Console& console, std::string verb, std::uint64_t whole)
    : m_console(console), m_verb(std::move(verb)), m_whole(whole) {}

void Transfer::add(std::uint64_t rows, std::uint64_t octets) {
    m_rows += rows;
    m_octets += octets;
    const std::unique_lock lock(m_mutex, std::try_to_lock);
    const auto now = std::chrono::steady_clock::now();
    if (!lock || now - m_told < k_pause) return;
    m_told = now;
    m_console.progress(line());
}

void Transfer::done(std::uint64_t part) {
    m_done += part;
}

std::string Transfer::line() const {
    const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(m_told - m_start);
    const auto ms = static_cast<std::uint64_t>(std::max<long long>(took.count(), 1));
    std::string text = m_verb + " " + std::to_string(m_rows) + " rows, " + say_size(m_octets) + ", " +
                       say_size(m_octets * 1000 / ms) + "/s";
    const std::uint64_t part = m_done;
    if (part > 0 && part <= m_whole) {
        const auto left = static_cast<double>(ms) * static_cast<double>(m_whole - part) / static_cast<double>(part);
        text += ", " + std::to_string(part * 100 / m_whole) + " %, about " +
                say_duration(std::chrono::milliseconds(static_cast<long long>(left))) + " left";
    }
    return text;
}

}  // namespace lastgood
