#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

/// "500ms", "2s", "60s", "5m", "24h", "3d"; a number without a unit, a sign or a fraction is no duration.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

/// "40GB", "512MB", "1TB", "64kB", "100B": powers of 1024, as PostgreSQL reads them.
std::optional<std::uint64_t> parse_size(std::string_view text);

/// For people: "41 s", "3 min 2 s", "2 h 5 min", "250 ms".
std::string say_duration(std::chrono::milliseconds duration);
/// For people: "1 row", "2 rows", "0 processes"; `many` where it is not `one` with an s.
std::string say_count(std::uint64_t count, const std::string& one, const std::string& many = "");
/// For people: "512 kB", "1.4 GB".
std::string say_size(std::uint64_t bytes);

}  // namespace lastgood
