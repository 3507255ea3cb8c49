#include "core/quantity.hpp"

#include <array>
#include <charconv>
#include <limits>
#include <utility>

namespace lastgood {

namespace {

struct Number {
    std::uint64_t value;
    std::string_view unit;
};

/// Digits, then the rest.
std::optional<Number> split(std::string_view text) {
    std::uint64_t value = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc{}) return std::nullopt;
    return Number{value, text.substr(static_cast<std::size_t>(rest - text.data()))};
}

template <typename Units>
std::optional<std::uint64_t> parse(std::string_view text, const Units& units, std::uint64_t limit) {
    const auto number = split(text);
    if (!number) return std::nullopt;
    for (const auto& [unit, factor] : units) {
        if (number->unit != unit) continue;
        if (number->value > limit / factor) return std::nullopt;
        return number->value * factor;
    }
    return std::nullopt;
}

/// "3 min 2 s", or "3 min" if there is no smaller part.
std::string two_parts(std::int64_t large, const char* large_unit, std::int64_t small, const char* small_unit) {
    std::string text = std::to_string(large) + " " + large_unit;
    if (small != 0) text += " " + std::to_string(small) + " " + small_unit;
    return text;
}

/// "1.4" below ten, "12" from there on.
std::string with_tenths(std::uint64_t whole, std::uint64_t tenths) {
    std::string text = std::to_string(whole);
    if (whole < 10 && tenths != 0) text += "." + std::to_string(tenths);
    return text;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> units{
        {{"ms", 1}, {"s", 1000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
    // A duration is added to times in nanoseconds, which must not overflow: a century is enough.
    constexpr std::uint64_t limit = 100ULL * 366 * 86'400'000;
    const auto value = parse(text, units, limit);
    if (!value) return std::nullopt;
    return std::chrono::milliseconds(static_cast<std::int64_t>(*value));
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
    constexpr std::array<std::pair<std::string_view, std::uint64_t>, 5> units{
        {{"B", 1}, {"kB", 1ULL << 10U}, {"MB", 1ULL << 20U}, {"GB", 1ULL << 30U}, {"TB", 1ULL << 40U}}};
    return parse(text, units, std::numeric_limits<std::uint64_t>::max());
}

std::string say_duration(std::chrono::milliseconds duration) {
    const std::int64_t ms = duration.count() < 0 ? 0 : duration.count();
    const std::int64_t seconds = ms / 1000;
    if (ms < 1000) return std::to_string(ms) + " ms";
    if (seconds < 60) {
        return with_tenths(static_cast<std::uint64_t>(seconds), static_cast<std::uint64_t>(ms % 1000 / 100)) + " s";
    }
    if (seconds < 3600) return two_parts(seconds / 60, "min", seconds % 60, "s");
    if (seconds < 86'400) return two_parts(seconds / 3600, "h", seconds % 3600 / 60, "min");
    return two_parts(seconds / 86'400, "d", seconds % 86'400 / 3600, "h");
}

std::string say_count(std::uint64_t count, const std::string& one, const std::string& many) {
    return std::to_string(count) + " " + (count == 1 ? one : many.empty() ? one + "s" : many);
}

std::string say_size(std::uint64_t bytes) {
    constexpr std::array<const char*, 6> units{"B", "kB", "MB", "GB", "TB", "PB"};
    std::size_t unit = 0;
    while (unit + 1 < units.size() && (bytes >> (10 * (unit + 1))) != 0) ++unit;
    const std::uint64_t size = 1ULL << (10 * unit);
    return with_tenths(bytes / size, bytes % size * 10 / size) + " " + units[unit];
}

}  // namespace lastgood
