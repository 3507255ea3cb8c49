// How a key's value is described to people, and the limits of its kind.
#include "pipeline/keys.hpp"

namespace lastgood {
namespace {

constexpr std::uint64_t k_ten_years_in_ms = 3650ULL * 24 * 3600 * 1000;
constexpr std::uint64_t k_exactly_in_json = 9007199254740991;  // 2^53 - 1: every JSON reader keeps it whole

std::string joined(const std::vector<std::string_view>& words) {
    std::string text;
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
        text += words[i];
    }
    return text;
}

std::string wanted_choice(const Key& key) {
    std::string text = key.choices.size() == 1 ? std::string(key.choices.front()) : "one of " + joined(key.choices);
    if (key.section) text += ", or a map";
    return text;
}

std::string wanted_number(const Key& key) {
    if (key.maximum == 0) return "a whole number from " + std::to_string(key.minimum);
    return "a whole number from " + std::to_string(key.minimum) + " to " + std::to_string(key.maximum);
}

/// An example within { }: there a "}" would end it.
std::string in_braces(const std::string& yaml) {
    return yaml.starts_with("${") ? '"' + yaml + '"' : yaml;
}

}  // namespace

std::uint64_t lowest(const Key& key) {
    return key.minimum;
}

std::uint64_t highest(const Key& key) {
    if (key.maximum != 0) return key.maximum;
    return key.kind == Kind::duration ? k_ten_years_in_ms : k_exactly_in_json;
}

std::string wanted(const Key& key) {
    switch (key.kind) {
        case Kind::text:
            return "a text";
        case Kind::name:
            return "1 to 64 letters, digits, '.', '_' or '-' that begin with a letter, a digit or '_'";
        case Kind::scalar:
            return "a single value";
        case Kind::choice:
            return wanted_choice(key);
        case Kind::flag:
            return key.section ? "true or false, or a map" : "true or false";
        case Kind::number:
            return wanted_number(key);
        case Kind::numbers:
            return "a whole number, or a map from a table to one";
        case Kind::number_list:
            return wanted_number(key) + ", or a list of them";
        case Kind::decimal:
            return "a number from " + std::to_string(key.minimum) + ", such as 2 or 1.5";
        case Kind::duration:
            return "a duration such as 500ms, 2s or 5m";
        case Kind::size:
            return "a size such as 512MB or 40GB";
        case Kind::token:
            return "a secret such as " + example(key);
        case Kind::database_url:
            return "the URL of a PostgreSQL database";
        case Kind::http_url:
            return "a URL that begins with http:// or https://";
        case Kind::store:
            return "a store with an absolute path such as file:/var/lib/lastgood, or with a bucket such as "
                   "s3://bucket/prefix";
        case Kind::path:
            return "a path within the work tree";
        case Kind::paths:
            return "a list of paths within the work tree";
        case Kind::texts:
            return "a list of texts";
        case Kind::rows:
            return "a list of rows, each a list of values";
        case Kind::values:
        case Kind::headers:
            return "a map from a name to a value";
        case Kind::argv:
            return "a program and its arguments as a list";
        case Kind::section:
            return "a map";
        case Kind::entries:
            return "a list";
    }
    return "a value";
}

std::string example(const Key& key) {
    if (!key.example.empty()) return std::string(key.example);
    if (!key.fallback.empty()) return std::string(key.fallback);
    if (!key.section) return "...";
    std::string keys;
    for (const Key& inner : key.section().keys)
        if (inner.required)
            keys += (keys.empty() ? "" : ", ") + std::string(inner.name) + ": " + in_braces(example(inner));
    const Key& first = key.section().keys.front();
    if (keys.empty()) keys = std::string(first.name) + ": " + in_braces(example(first));
    return "{ " + keys + " }";
}

}  // namespace lastgood
