#include "store/key.hpp"

#include "store/store.hpp"

#include <algorithm>

namespace lastgood {

namespace {

bool is_key_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
}

}  // namespace

bool is_key_part(std::string_view part) {
    return !part.empty() && part.front() != '.' && std::all_of(part.begin(), part.end(), is_key_character);
}

bool is_key(std::string_view key) {
    for (;;) {
        const auto slash = key.find('/');
        if (!is_key_part(key.substr(0, slash))) return false;
        if (slash == std::string_view::npos) return true;
        key.remove_prefix(slash + 1);
    }
}

void require_key(const std::string& key) {
    if (!is_key(key)) throw StoreError("\"" + key + "\" is no key of a store");
}

void require_prefix(const std::string& prefix) {
    if (prefix.empty()) return;
    if (prefix.back() != '/' || !is_key(std::string_view(prefix).substr(0, prefix.size() - 1)))
        throw StoreError("\"" + prefix + "\" is no prefix of keys of a store");
}

}  // namespace lastgood
