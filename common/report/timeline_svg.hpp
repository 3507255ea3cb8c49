#pragma once

#include "report/html_pen.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// The time line as inline SVG, to scale, of any width: only its bars are drawn in shares of it, so that words keep
/// their size. "" without intervals.
std::string timeline_svg(const std::vector<Interval>& timeline, const HtmlPen& pen);

}  // namespace lastgood
