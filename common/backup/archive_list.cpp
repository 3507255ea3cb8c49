#include "backup/archive_list.hpp"

#include <cstdlib>
#include <sstream>

namespace lastgood {

std::vector<ArchiveEntry> parse_archive_list(const std::string& list) {
    std::vector<ArchiveEntry> entries;
    std::istringstream lines(list);
    for (std::string line; std::getline(lines, line);) {
        // "3318; 0 16386 TABLE DATA public person alice": dump id, oid of the catalogue, oid, and what it is.
        std::istringstream rest(line);
        int id = 0;
        char semicolon = 0;
        unsigned long catalogue = 0;
        unsigned long oid = 0;
        if (!(rest >> id >> semicolon >> catalogue >> oid) || semicolon != ';') continue;
        std::string what;
        std::getline(rest >> std::ws, what);
        entries.push_back({id, static_cast<std::uint32_t>(oid), what, line});
    }
    return entries;
}

bool is_user_mapping(const ArchiveEntry& entry) {
    return entry.is("USER MAPPING");
}

bool stays_out_of_copies(const ArchiveEntry& entry) {
    return is_user_mapping(entry) || entry.is("SUBSCRIPTION") || entry.is("COMMENT - SUBSCRIPTION") ||
           entry.is("SECURITY LABEL - SUBSCRIPTION");
}

bool is_extension_comment(const ArchiveEntry& entry) {
    return entry.is("COMMENT - EXTENSION");
}

}  // namespace lastgood
