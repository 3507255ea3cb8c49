#include "core/names.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <stdexcept>
#include <vector>

namespace lastgood {

namespace {

constexpr std::size_t k_tag_limit = 30;
constexpr std::size_t k_key_part_limit = 100;
constexpr std::string_view k_beside = "__lg_";

bool continues_character(char byte) {
    return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// At most `limit` bytes of `text`, never half a UTF-8 character.
std::string_view cut(std::string_view text, std::size_t limit) {
    if (text.size() <= limit) return text;
    while (limit > 0 && continues_character(text[limit])) --limit;
    return text.substr(0, limit);
}

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

}  // namespace

std::uint64_t name_hash(std::string_view text) {
    std::uint64_t hash = 0xcbf29ce484222325U;
    for (const char byte : text) {
        hash ^= static_cast<unsigned char>(byte);
        hash *= 0x100000001b3U;
    }
    return hash;
}

std::string short_hash(std::string_view text, int digits) {
    constexpr std::string_view hex = "0123456789abcdef";
    const std::uint64_t hash = name_hash(text);
    std::string result;
    for (int i = 0; i < std::min(digits, 16); ++i) result += hex[(hash >> (60 - 4 * i)) & 0xFU];
    return result;
}

std::string database_beside(std::string_view database, std::string_view tag) {
    if (tag.size() > k_tag_limit) throw std::logic_error("tag too long for a database name: " + std::string(tag));
    const std::string ending = std::string(k_beside) + std::string(tag);
    if (database.size() + ending.size() <= k_identifier_limit) return std::string(database) + ending;
    const std::string hash = "_" + short_hash(database);
    return std::string(cut(database, k_identifier_limit - ending.size() - hash.size())) + hash + ending;
}

std::string store_key_part(std::string_view name) {
    std::string part(name);
    std::replace_if(
        part.begin(), part.end(), [](char c) { return !is_key_character(c); }, '_');
    // A name that begins with a dot would be hidden, or be "." or "..".
    if (!part.empty() && part.front() == '.') part.front() = '_';
    if (part.size() > k_key_part_limit) part.resize(k_key_part_limit);
    if (!part.empty() && part == name) return part;
    return part + "-" + short_hash(name);
}

int edit_distance(std::string_view a, std::string_view b) {
    std::vector<int> row(b.size() + 1);
    std::iota(row.begin(), row.end(), 0);
    for (std::size_t i = 0; i < a.size(); ++i) {
        int diagonal = row[0]++;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, diagonal + 1, row[j] + 1});
        }
    }
    return row.back();
}

}  // namespace lastgood
