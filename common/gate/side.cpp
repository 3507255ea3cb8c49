#include "gate/side.hpp"

#include <array>

namespace lastgood {

namespace {

constexpr std::size_t k_block = 64UL << 10U;
constexpr std::size_t k_most_unsent = 256UL << 10U;

}  // namespace

bool GateSide::fill() {
    std::array<char, k_block> block;  // NOLINT: read() fills it
    const std::size_t got = m_stream.read(block.data(), block.size());
    if (got > 0) m_messages.add({block.data(), got});
    return got > 0;
}

void GateSide::put(std::string_view octets) {
    if (!m_deaf) m_unsent += octets;
}

void GateSide::give_up_sending() {
    m_deaf = true;
    m_unsent.clear();
    m_sent = 0;
}

void GateSide::flush() {
    while (has_unsent()) {
        const std::size_t sent = m_stream.write(std::string_view(m_unsent).substr(m_sent));
        if (sent == 0) return;
        m_sent += sent;
    }
    m_unsent.clear();
    m_sent = 0;
}

std::size_t GateSide::room() const {
    return m_unsent.size() < k_most_unsent ? k_most_unsent - m_unsent.size() : 0;
}

pollfd GateSide::wait(bool wants_more) const {
    short events = 0;
    if (wants_more) events |= m_stream.read_waits_for();
    if (has_unsent()) events |= m_stream.write_waits_for();
    // Of a socket in the list poll() tells that it is closed, whether that is asked for or not.
    return {events == 0 ? -1 : m_stream.number(), events, 0};
}

}  // namespace lastgood
