#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// `text` without the blanks and comments that it begins with.
std::string_view after_comments(std::string_view text);

/// The unquoted words that a statement begins with, at most so many, in upper case with a blank between:
/// "PREPARE TRANSACTION". A statement however long need not be taken apart for that.
std::string first_words(std::string_view statement, int most);

}  // namespace lastgood
