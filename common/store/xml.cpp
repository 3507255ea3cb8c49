#include "store/xml.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace lastgood {

namespace {

constexpr int k_deepest = 16;
constexpr std::string_view k_blanks = " \t\r\n";

/// Entities without their '&' and ';', and characters by number up to 127: what is beyond comes as UTF-8 itself.
char character_of(std::string_view entity) {
    constexpr std::array<std::pair<std::string_view, char>, 5> named{
        {{"lt", '<'}, {"gt", '>'}, {"amp", '&'}, {"quot", '"'}, {"apos", '\''}}};
    for (const auto& [name, character] : named)
        if (name == entity) return character;
    if (entity.starts_with('#')) {
        const bool hexadecimal = entity.starts_with("#x");
        const auto digits = entity.substr(hexadecimal ? 2 : 1);
        unsigned number = 0;
        const auto [end, trouble] =
            std::from_chars(digits.data(), digits.data() + digits.size(), number, hexadecimal ? 16 : 10);
        if (trouble == std::errc() && end == digits.data() + digits.size() && number > 0 && number < 128)
            return static_cast<char>(number);
    }
    throw XmlError("unknown entity");
}

/// Reads a document from left to right.
class XmlReader {
  public:
    explicit XmlReader(std::string_view document) : m_rest(document) {}

    XmlElement document() {
        skip_misc();
        XmlElement root = element(1);
        skip_misc();
        if (!m_rest.empty()) throw XmlError("more than one element");
        return root;
    }

  private:
    bool take(std::string_view token) {
        if (!m_rest.starts_with(token)) return false;
        m_rest.remove_prefix(token.size());
        return true;
    }
    std::string_view up_to(std::string_view token) {
        const auto end = m_rest.find(token);
        if (end == std::string_view::npos) throw XmlError("it ends too early");
        const auto before = m_rest.substr(0, end);
        m_rest.remove_prefix(end + token.size());
        return before;
    }
    void skip_blanks() { m_rest.remove_prefix(std::min(m_rest.find_first_not_of(k_blanks), m_rest.size())); }

    void skip_misc() {
        for (;;) {
            skip_blanks();
            if (take("<?"))
                up_to("?>");
            else if (take("<!--"))
                up_to("-->");
            else
                return;
        }
    }

    std::string name() {
        const auto end = m_rest.find_first_of(" \t\r\n/>=<&");
        if (end == std::string_view::npos || end == 0) throw XmlError("a tag without a name");
        const auto whole = m_rest.substr(0, end);
        m_rest.remove_prefix(end);
        return std::string(whole.substr(whole.rfind(':') + 1));  // npos + 1 is 0
    }

    /// Up to the tag's end; true if it closes itself.
    bool attributes() {
        for (;;) {
            skip_blanks();
            if (take("/>")) return true;
            if (take(">")) return false;
            name();
            skip_blanks();
            if (!take("=")) throw XmlError("an attribute without a value");
            skip_blanks();
            if (take("\""))
                up_to("\"");
            else if (take("'"))
                up_to("'");
            else
                throw XmlError("an attribute without quotes");
        }
    }

    XmlElement element(int depth) {
        if (depth > k_deepest) throw XmlError("too deep");
        if (!take("<")) throw XmlError("no element");
        XmlElement result;
        result.name = name();
        if (!attributes()) contents(result, depth);
        return result;
    }

    void contents(XmlElement& parent, int depth) {
        while (!take("</")) {
            if (take("<!--"))
                up_to("-->");
            else if (take("<![CDATA["))
                parent.text += up_to("]]>");
            else if (m_rest.starts_with("<"))
                parent.children.push_back(element(depth + 1));
            else if (take("&"))
                parent.text += character_of(up_to(";"));
            else
                text(parent);
        }
        if (name() != parent.name) throw XmlError("a tag that closes another");
        skip_blanks();
        if (!take(">")) throw XmlError("a tag without an end");
    }

    void text(XmlElement& parent) {
        const auto end = m_rest.find_first_of("<&");
        if (end == std::string_view::npos) throw XmlError("it ends too early");
        parent.text += m_rest.substr(0, end);
        m_rest.remove_prefix(end);
    }

    std::string_view m_rest;
};

}  // namespace

const XmlElement* XmlElement::child(std::string_view child_name) const {
    const auto found =
        std::find_if(children.begin(), children.end(), [&](const auto& one) { return one.name == child_name; });
    return found == children.end() ? nullptr : &*found;
}

std::string XmlElement::text_of(std::string_view child_name) const {
    const XmlElement* found = child(child_name);
    return found == nullptr ? "" : found->text;
}

XmlElement read_xml(std::string_view document) {
    return XmlReader(document).document();
}

}  // namespace lastgood
