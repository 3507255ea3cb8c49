#include "report/time_scale.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace lastgood {

namespace {

using Milliseconds = std::chrono::milliseconds;
using Stretches = std::vector<std::pair<Time, Time>>;

constexpr double k_break_width = 0.14;
/// A wait that is shorter than this, or than its share of the work, is drawn to scale.
constexpr Milliseconds k_shortest_break{10'000};

/// When a step was at work; of a record without any, when anything was.
Stretches work_of(const std::vector<Interval>& timeline) {
    Stretches stretches;
    for (const bool any : {false, true}) {
        for (const auto& interval : timeline)
            if (any || interval.kind == Interval::Kind::step) stretches.emplace_back(interval.begin, interval.end);
        if (!stretches.empty()) break;
    }
    std::sort(stretches.begin(), stretches.end());
    Stretches joined;
    for (const auto& [begin, end] : stretches) {
        if (joined.empty() || begin > joined.back().second) {
            joined.emplace_back(begin, end);
        } else {
            joined.back().second = std::max(joined.back().second, end);
        }
    }
    return joined;
}

Milliseconds round_step(Milliseconds whole, int most) {
    constexpr std::array<long long, 26> steps{
        1,       2,       5,         10,        20,        50,         100,        200,       500,
        1000,    2000,    5000,      10'000,    15'000,    30'000,     60'000,     120'000,   300'000,
        600'000, 900'000, 1'800'000, 3'600'000, 7'200'000, 14'400'000, 43'200'000, 86'400'000};
    for (const auto step : steps)
        if (whole.count() <= step * most) return Milliseconds(step);
    return Milliseconds(whole.count() / std::max(1, most) + 1);
}

}  // namespace

TimeScale::TimeScale(const std::vector<Interval>& timeline) {
    const Stretches work = work_of(timeline);
    if (work.empty()) return;
    for (const auto& [begin, end] : work) m_work += end - begin;
    const Milliseconds longest_gap = std::max(k_shortest_break, m_work / 2);
    Time first = work.front().first;
    Time last = work.back().second;
    // A fence can be up before the first step, and after the last.
    for (const auto& interval : timeline) {
        first = std::min(first, interval.begin);
        last = std::max(last, interval.end);
    }
    m_begin = first;
    m_pieces.push_back({first, first, 0, 0, false});
    for (const auto& [begin, end] : work) {
        if (begin - m_pieces.back().end > longest_gap) {
            m_pieces.push_back({m_pieces.back().end, begin, 0, 0, true});
            m_pieces.push_back({begin, begin, 0, 0, false});
        }
        m_pieces.back().end = end;
    }
    if (last - m_pieces.back().end > longest_gap) {
        m_pieces.push_back({m_pieces.back().end, last, 0, 0, true});
    } else {
        m_pieces.back().end = last;
    }
    lay_out();
}

void TimeScale::lay_out() {
    const auto breaks =
        std::count_if(m_pieces.begin(), m_pieces.end(), [](const Piece& piece) { return piece.is_break; });
    const double width = breaks == 0 ? 0 : std::min(k_break_width, 0.5 / static_cast<double>(breaks));
    m_work = Milliseconds(0);
    for (const auto& piece : m_pieces)
        if (!piece.is_break) m_work += piece.end - piece.begin;
    const double room = 1 - width * static_cast<double>(breaks);
    double x = 0;
    for (auto& piece : m_pieces) {
        piece.from = x;
        const auto lasted = static_cast<double>((piece.end - piece.begin).count());
        x += piece.is_break ? width : m_work.count() == 0 ? 0 : room * lasted / static_cast<double>(m_work.count());
        piece.to = x;
        if (piece.is_break) m_breaks.push_back({piece.from, piece.to, piece.end - piece.begin});
    }
}

double TimeScale::at(Time time) const {
    if (m_pieces.empty() || time <= m_pieces.front().begin) return 0;
    for (const auto& piece : m_pieces) {
        if (time > piece.end) continue;
        const auto whole = static_cast<double>((piece.end - piece.begin).count());
        if (whole <= 0) return piece.from;
        return piece.from + (piece.to - piece.from) * static_cast<double>((time - piece.begin).count()) / whole;
    }
    return m_pieces.back().to;
}

std::vector<Time> TimeScale::ticks(int most) const {
    std::vector<Time> found;
    if (m_pieces.empty() || m_work.count() == 0) return found;
    const Milliseconds step = round_step(m_work, most);
    for (const auto& piece : m_pieces) {
        if (piece.is_break) continue;
        const auto behind = (piece.begin - m_begin) % step;
        for (Time time = piece.begin + (behind.count() == 0 ? Milliseconds(0) : step - behind); time <= piece.end;
             time += step)
            if (time > m_begin) found.push_back(time);
    }
    return found;
}

}  // namespace lastgood
