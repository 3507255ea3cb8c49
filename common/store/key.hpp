#pragma once

#include <string>
#include <string_view>

namespace lastgood {

/// May a key or an object have this as one of its parts? [A-Za-z0-9._-], no leading dot: such names are the store's
/// own.
bool is_key_part(std::string_view part);
/// Parts with a '/' between them?
bool is_key(std::string_view key);
/// Throws StoreError if `key` is no key: a wrong one must not reach a file system or a URL.
void require_key(const std::string& key);
/// The same for a prefix: a key and a '/', or nothing at all, which is the whole store.
void require_prefix(const std::string& prefix);

}  // namespace lastgood
