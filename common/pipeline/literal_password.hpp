#pragma once

#include <string_view>

namespace lastgood {

/// Does the text, as it stands in the file, spell out a password: scheme://user:password@host, or password=... in a
/// connection string? A password that is a ${...} as a whole is none. Rather one too many than one missed.
bool holds_literal_password(std::string_view written);

/// The first half only, for texts in which `password = ` is no connection string (a query, a command).
bool holds_url_password(std::string_view written);

}  // namespace lastgood
