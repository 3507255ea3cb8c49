#pragma once

#include "core/failure.hpp"
#include "record/event.hpp"

#include <string>
#include <string_view>

namespace lastgood {

/// Bytes in the store that are not what their key says. Failure (4): we never write such a thing, but disks and people
/// do.
Failure unreadable(const std::string& key, const std::string& reason);

/// `bytes` as a JSON object of a format that this build reads, without surprises: no exception of the JSON library
/// leaves here, and nothing nested so deeply that copying it could exhaust the stack. Failure (3) on a newer format,
/// else (4).
Json parse_document(const std::string& bytes, const std::string& key);
/// `read(object)`, with the key in what it complains about.
template <typename Read>
auto read_document(const std::string& bytes, const std::string& key, Read read) {
    const Json json = parse_document(bytes, key);
    try {
        return read(json);
    } catch (const Failure& failure) {
        throw unreadable(key, failure.what_happened());
    }
}

/// What is written under a key: `json`, which is an object, with the format. Bytes that are not UTF-8 become U+FFFD.
std::string document_text(Json json);

}  // namespace lastgood
