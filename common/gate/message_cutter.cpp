#include "gate/message_cutter.hpp"

#include "gate/messages.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr std::size_t k_head = 5;
constexpr std::size_t k_first_piece = 16UL << 10U;
/// A buffer that grew for one message is not kept.
constexpr std::size_t k_buffer_kept = 1UL << 20U;

constexpr std::uint32_t k_short = 10'000;
constexpr std::uint32_t k_long = 0x3fffffff;  // MaxAllocSize
constexpr std::uint32_t k_any = 0x7fffffff;

}  // namespace

MessageRule frontend_rule(char type) {
    switch (type) {
        case 'Q':  // Query
        case 'P':  // Parse
            return {k_long, true};
        case 'F':  // FunctionCall
        case 'B':  // Bind
        case 'd':  // CopyData
            return {k_long, false};
        case 'p':  // PasswordMessage, in the login only
        case 'C':  // Close
        case 'D':  // Describe
        case 'E':  // Execute
        case 'H':  // Flush
        case 'S':  // Sync
        case 'X':  // Terminate
        case 'c':  // CopyDone
            return {k_short, true};
        case 'f':  // CopyFail
            return {k_short, false};
        default:
            return {};
    }
}

MessageRule backend_rule(char type) {
    const bool small = type == 'Z' || type == 'C';  // ReadyForQuery, CommandComplete
    return {k_any, small};
}

void MessageCutter::add(std::string_view octets) {
    m_octets.erase(0, m_at);
    m_at = 0;
    if (m_octets.empty() && m_octets.capacity() > k_buffer_kept) m_octets = {};
    m_octets += octets;
}

/// Reads the head of the next message; false if it has not come.
bool MessageCutter::begin() {
    const std::string_view there = std::string_view(m_octets).substr(m_at);
    if (there.empty()) return false;
    const MessageRule rule = m_rule(there.front());
    if (rule.longest == 0) throw ProtocolError("invalid message type");
    if (there.size() < k_head) return false;
    const std::uint32_t length = MessageReader(there.substr(1)).int32();
    if (length < 4 || length > rule.longest) throw ProtocolError("invalid message length");
    m_type = there.front();
    m_whole = rule.whole;
    m_left = std::size_t{length} + 1;
    m_untouched = true;
    return true;
}

std::optional<MessagePiece> MessageCutter::front() {
    if (m_left == 0 && !begin()) return std::nullopt;
    const std::string_view there = std::string_view(m_octets).substr(m_at, m_left);
    const std::size_t wanted = !m_untouched ? 1 : m_whole ? m_left : std::min(m_left, k_first_piece);
    if (there.size() < wanted) return std::nullopt;
    return MessagePiece{m_type, m_untouched, there.size() == m_left, there};
}

void MessageCutter::drop(std::size_t octets) {
    m_at += octets;
    m_left -= octets;
    m_untouched = false;
}

}  // namespace lastgood
