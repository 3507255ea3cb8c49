#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace lastgood {

/// PostgreSQL's NAMEDATALEN - 1: a longer identifier would be cut by the server, silently.
constexpr std::size_t k_identifier_limit = 63;

/// 64-bit FNV-1a. Names and lock keys are made from it, so it never changes.
std::uint64_t name_hash(std::string_view text);
/// The first `digits` (at most 16) hex digits of name_hash.
std::string short_hash(std::string_view text, int digits = 8);

/// The name of a database of ours beside `database`: `<database>__lg_<tag>`, where `database` is cut (never inside a
/// UTF-8 character) and completed by its hash if the whole would pass k_identifier_limit. Throws std::logic_error on a
/// tag of more than 30 bytes.
std::string database_beside(std::string_view database, std::string_view tag);

/// "production" -> "production"; what is not [A-Za-z0-9._-] becomes '_' and a hash is appended, so that two names never
/// meet in one store key.
std::string store_key_part(std::string_view name);

/// The candidate nearest to `word` by edit distance, if it is near enough to be a typing mistake; else "".
template <typename Range>
std::string nearest(std::string_view word, const Range& candidates);

int edit_distance(std::string_view a, std::string_view b);

template <typename Range>
std::string nearest(std::string_view word, const Range& candidates) {
    std::string best;
    int best_distance = 1 + static_cast<int>(word.size()) / 2;
    for (const auto& candidate : candidates) {
        const int distance = edit_distance(word, candidate);
        if (distance < best_distance) {
            best = candidate;
            best_distance = distance;
        }
    }
    return best;
}

}  // namespace lastgood
