#include "outside/child_output.hpp"

#include "core/cut_text.hpp"
#include "outside/harmless.hpp"
#include "outside/redaction.hpp"

#include <algorithm>
#include <utility>

namespace lastgood {

namespace {

constexpr std::size_t k_longest_line = 1UL << 20U;
/// A secret that was cut in two is not recognised; none is longer than this.
constexpr std::size_t k_longest_secret = 16UL << 10U;

}  // namespace

ChildOutput::ChildOutput(const Redaction& redaction, KeptOutput keep, Listener listener, bool speaks_for_us)
    : m_redaction(redaction), m_keep(keep), m_listener(std::move(listener)), m_speaks_for_us(speaks_for_us) {}

void ChildOutput::add(std::string_view bytes) {
    if (!m_keep.end_only) {
        m_too_much = m_too_much || bytes.size() > m_keep.most - m_all.size();
        if (!m_too_much) m_all += bytes;
        if (!m_listener) return;
    }
    while (!bytes.empty()) {
        const auto newline = bytes.find('\n');
        const auto piece = bytes.substr(0, newline);
        if (!m_skipping) m_line += piece;
        if (!m_skipping && m_line.size() > k_longest_line) {
            m_line.resize(k_longest_line);
            take_line(m_line, false);
            m_skipping = true;
        }
        if (newline == std::string_view::npos) return;
        if (!m_skipping) take_line(m_line, true);
        m_skipping = false;
        m_line.clear();
        bytes.remove_prefix(newline + 1);
    }
}

void ChildOutput::finish() {
    if (!m_line.empty() && !m_skipping) take_line(m_line, true);
    m_line.clear();
}

void ChildOutput::take_line(std::string_view line, bool complete) {
    std::string clean = m_redaction.clean(line);
    if (!complete) clean = clean.substr(0, clean.size() - std::min(clean.size(), k_longest_secret)) + " [...]";
    if (m_listener) m_listener(m_speaks_for_us ? clean : m_redaction.clean(harmless_line(clean)));
    if (!m_keep.end_only) return;
    m_tail += cut_line(clean) + '\n';
    if (m_tail.size() > 2 * m_keep.most) m_tail.erase(0, m_tail.size() - m_keep.most);
}

std::string ChildOutput::text() const {
    if (!m_keep.end_only) return m_redaction.clean(m_all);
    return m_tail.size() > m_keep.most ? m_tail.substr(m_tail.size() - m_keep.most) : m_tail;
}

}  // namespace lastgood
