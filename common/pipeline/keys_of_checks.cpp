#include "pipeline/keys_of_checks.hpp"

namespace lastgood {
namespace {

/// PostgreSQL keeps its statement_timeout in an int of milliseconds.
constexpr std::uint64_t k_longest_answer = 2147483647;

std::vector<SectionOf> all_sections() {
    std::vector<SectionOf> all;
    for (const auto* some : {&content_check_sections(), &schema_check_sections(), &service_check_sections()})
        all.insert(all.end(), some->begin(), some->end());
    return all;
}

}  // namespace

std::vector<Key> with_window(std::vector<Key> own, std::string_view timeout, std::string_view within) {
    own.push_back({.name = "timeout",
                   .kind = Kind::duration,
                   .help = "of one answer; then the check could not tell",
                   .fallback = timeout,
                   .minimum = 1,
                   .maximum = k_longest_answer});
    own.push_back({.name = "within",
                   .kind = Kind::duration,
                   .help = "it is asked again until it passes, for so long",
                   .fallback = within});
    own.push_back({.name = "for",
                   .kind = Kind::duration,
                   .help = "it is asked again for so long, and the first failure fails it",
                   .fallback = "0s"});
    own.push_back({.name = "every",
                   .kind = Kind::duration,
                   .help = "between two questions; 1s while it is waited for (within), 10s while it is watched (for)",
                   .example = "10s",
                   .minimum = 1});
    return own;
}

const std::vector<SectionOf>& check_sections() {
    static const std::vector<SectionOf> sections = all_sections();
    return sections;
}

}  // namespace lastgood
