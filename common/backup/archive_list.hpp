#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

/// One line of `pg_restore --list`.
struct ArchiveEntry {
    int id = 0;             ///< its dump id: the data file of a directory archive is called after it
    std::uint32_t oid = 0;  ///< of what it is about, 0 without one
    std::string what;       ///< "TABLE DATA public person alice"
    std::string line;       ///< as pg_restore wrote it, and as --use-list wants it

    bool is(const std::string& type) const { return what.starts_with(type + " "); }
};

std::vector<ArchiveEntry> parse_archive_list(const std::string& list);

/// "USER MAPPING" entries, which only a database that goes live may have.
bool is_user_mapping(const ArchiveEntry& entry);
/// What a copy must never carry: subscriptions (dropping the copy would reach for a remote slot) and user mappings.
bool stays_out_of_copies(const ArchiveEntry& entry);
/// A comment on an extension: only the extension's owner may set it, and creating the extension sets it anyway.
bool is_extension_comment(const ArchiveEntry& entry);

}  // namespace lastgood
