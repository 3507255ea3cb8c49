#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace lastgood {

struct Section;

/// What may stand behind a key.
enum class Kind {
    text,
    name,          ///< part of the store's keys: 1 to 64 of [A-Za-z0-9._-], not beginning with '.' or '-'
    scalar,        ///< any scalar, the empty one too, kept as text
    choice,        ///< one of Key::choices; with a Key::section, a map of that section too
    flag,          ///< true or false; with a Key::section, a map of that section too
    number,        ///< a whole number within Key::minimum and Key::maximum
    numbers,       ///< a number, or a map from a name to a number
    number_list,   ///< a number, or a list of them
    decimal,       ///< a number with or without a fraction, not below Key::minimum
    duration,      ///< within Key::minimum and Key::maximum, in milliseconds
    size,          ///< bytes
    token,         ///< a secret that may not be written into the file
    database_url,  ///< a secret; its password may not be written into the file
    http_url,
    store,
    path,     ///< within the work tree
    paths,    ///< a list of them
    texts,    ///< a list of texts
    rows,     ///< a list of lists of scalars; null is one too
    values,   ///< a map from a name to a scalar
    headers,  ///< such a map whose values may be secrets: what comes from a reference is one
    argv,     ///< a program and its arguments, as a list
    section,  ///< a map with the keys of Key::section
    entries,  ///< a list of maps with one key each, which names one of Key::entries
};

/// A map of the file with a fixed set of keys: a function, so that sections can name each other.
using SectionOf = const Section& (*)();

/// One key. The reader and the JSON Schema both come from this row, so they cannot drift apart.
struct Key {
    std::string_view name;
    Kind kind = Kind::text;
    std::string_view help;
    bool required = false;
    std::string_view fallback = {};  ///< YAML, read as if it stood in the file; "": none
    std::string_view example = {};   ///< YAML, for messages; "": the fallback or one that fits the kind
    std::vector<std::string_view> choices = {};
    std::vector<std::string_view> not_in_this_version = {};  ///< choices that the design knows and this build does not
    std::uint64_t minimum = 0;
    std::uint64_t maximum = 0;  ///< 0: the kind's own limit
    SectionOf section = nullptr;
    std::vector<SectionOf> entries = {};
};

struct Section {
    std::string_view name;
    std::string_view help;
    std::vector<Key> keys;
};

/// The whole file.
const Section& pipeline_section();
/// The steps, in the order in which a pipeline may list them.
const std::vector<SectionOf>& step_sections();
const std::vector<SectionOf>& check_sections();

const Key* find_key(const Section& section, std::string_view name);
std::vector<std::string> key_names(const Section& section);

std::uint64_t lowest(const Key& key);
std::uint64_t highest(const Key& key);
/// "a duration such as 500ms, 2s or 5m".
std::string wanted(const Key& key);
/// What one could write behind the key, as YAML.
std::string example(const Key& key);

}  // namespace lastgood
