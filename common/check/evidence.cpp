#include "check/evidence.hpp"

#include "core/quantity.hpp"

#include <regex>

namespace lastgood {

namespace {

constexpr std::size_t k_kept = 5;
/// Of a value that is shown whole; what is beyond is counted.
constexpr std::size_t k_longest_value = 200;

bool is_plain(const std::string& value) {
    static const std::regex plain(
        "[tf]|-?[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?"
        "|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}");
    return value.size() <= k_longest_value && std::regex_match(value, plain);
}

/// Cut before it is too long, never inside a UTF-8 character.
std::string cut(const std::string& value) {
    if (value.size() <= k_longest_value) return "\"" + value + "\"";
    std::size_t end = k_longest_value;
    while (end > 0 && (static_cast<unsigned char>(value[end]) & 0xC0U) == 0x80U) --end;
    return "\"" + value.substr(0, end) + "\" and " + say_count(value.size() - end, "more byte");
}

}  // namespace

void Differences::add(std::string sentence) {
    if (++m_count <= k_kept) m_first.push_back(std::move(sentence));
}

std::string Differences::say() const {
    if (none()) return "";
    return m_first.front() + (m_count == 1 ? "" : " (and " + std::to_string(m_count - 1) + " more)");
}

std::string shown(const std::optional<std::string>& value, bool whole) {
    if (!value) return "NULL";
    if (is_plain(*value)) return *value;
    return whole ? cut(*value) : "a text of " + say_count(value->size(), "byte");
}

}  // namespace lastgood
