#pragma once

#include "report/report.hpp"

#include <chrono>
#include <vector>

namespace lastgood {

/// Where moments stand on a line from 0 to 1. To scale, but for long waits between two steps (an approval): each of
/// them is a break of one width, so that the work around it can be seen. Pure.
class TimeScale {
  public:
    /// Of a wait: where it stands, and how long it lasted.
    struct Break {
        double begin = 0;
        double end = 0;
        std::chrono::milliseconds lasted{0};
    };

    explicit TimeScale(const std::vector<Interval>& timeline);

    double at(Time time) const;
    const std::vector<Break>& breaks() const { return m_breaks; }
    /// Of work, without the breaks.
    std::chrono::milliseconds work() const { return m_work; }
    Time begin() const { return m_begin; }
    /// Moments at round distances from the beginning of the first stretch of work, at most `most`, none inside a break.
    std::vector<Time> ticks(int most) const;

  private:
    struct Piece {
        Time begin;
        Time end;
        double from = 0;
        double to = 0;
        bool is_break = false;
    };
    void lay_out();

    Time m_begin;
    std::chrono::milliseconds m_work{0};
    std::vector<Piece> m_pieces;
    std::vector<Break> m_breaks;
};

}  // namespace lastgood
