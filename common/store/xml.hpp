#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

class XmlError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

/// An element of what a service answers: names without their namespace, no attributes, text with its entities read.
struct XmlElement {
    std::string name;
    std::string text;
    std::vector<XmlElement> children;

    /// The first child of that name, none if there is none.
    const XmlElement* child(std::string_view child_name) const;
    /// The text of that child, "" if there is none.
    std::string text_of(std::string_view child_name) const;
};

/// Reads one document, at most 16 elements deep. No DTD: what it could declare, no service needs. XmlError.
XmlElement read_xml(std::string_view document);

}  // namespace lastgood
