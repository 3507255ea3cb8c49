#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace lastgood {

using Time = std::chrono::sys_time<std::chrono::milliseconds>;

Time now();
/// "2026-11-22T15:04:05.123Z", UTC.
std::string say_time(Time time);
/// Reads what say_time wrote (milliseconds optional, 'Z' or +00 at the end, 'T' or a blank between). Throws
/// std::invalid_argument.
Time parse_time(std::string_view text);
/// "20261122T150405": part of names.
std::string compact_time(Time time);

}  // namespace lastgood
