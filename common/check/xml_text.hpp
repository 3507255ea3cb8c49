#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// Text as it may stand between the tags of a document of XML 1.0. What no such document may hold (control characters,
/// bytes that are not UTF-8) becomes U+FFFD.
std::string xml_text(std::string_view text);
/// The same for the value of an attribute, in which a reader would take line breaks and tabs for blanks.
std::string xml_attribute(std::string_view text);

}  // namespace lastgood
