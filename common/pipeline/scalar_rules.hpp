#pragma once

#include "pipeline/expansion.hpp"
#include "pipeline/keys.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lastgood {

/// Digits only.
std::optional<std::uint64_t> whole_number_of(std::string_view text);
/// "2", "1.5"; no exponent.
std::optional<double> decimal_of(std::string_view text);

/// Refuses a value that its key's kind does not allow, and hides it if it is a secret. Throws Failure (2).
void check_scalar(const Key& key, const Expanded& value, const Place& place, const Expansion& expansion);

/// Refuses what is no header of HTTP, or a secret that is written into the file; hides what came from a reference.
void check_header(const std::string& name, const Expanded& value, const Place& place, const Expansion& expansion);

}  // namespace lastgood
