#include "database/schema_dump.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace lastgood {
namespace {

using Lines = std::vector<std::string>;

/// What pg_dump writes below one of its three-line headers ("--", "-- Name: ...; Type: ...", "--").
struct Block {
    std::string header;
    Lines lines;
};

Lines split_lines(const std::string& text) {
    Lines lines;
    for (std::size_t begin = 0; begin < text.size();) {
        const std::size_t end = std::min(text.find('\n', begin), text.size());
        lines.push_back(text.substr(begin, end - begin));
        begin = end + 1;
    }
    return lines;
}

/// A "--" line inside a function's body is not one: only the whole pattern counts.
bool is_header(const Lines& lines, std::size_t at) {
    return at + 2 < lines.size() && lines[at] == "--" && lines[at + 2] == "--" &&
           (lines[at + 1].starts_with("-- Name: ") || lines[at + 1].starts_with("-- PostgreSQL database dump"));
}

/// Settings between two statements; they stand in front of the next header.
bool is_setting(const std::string& line) {
    return line.empty() || line.starts_with("SET ") || line.starts_with("SELECT pg_catalog.set_config(") ||
           line.starts_with("\\restrict ") || line.starts_with("\\unrestrict ");
}

std::vector<Block> split_blocks(const Lines& lines) {
    std::vector<Block> blocks(1);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (is_header(lines, i)) {
            blocks.push_back({lines[i + 1], {}});
            i += 2;
        } else {
            blocks.back().lines.push_back(lines[i]);
        }
    }
    return blocks;
}

bool has_type(const Block& block, const std::string& type) {
    return block.header.find("; Type: " + type + ";") != std::string::npos;
}

/// Preamble and end of the dump, and what copies never carry.
bool is_left_out(const Block& block) {
    return !block.header.starts_with("-- Name: ") || has_type(block, "USER MAPPING") ||
           has_type(block, "SUBSCRIPTION") || block.header.starts_with("-- Name: SUBSCRIPTION ");
}

std::string text_of(Block block) {
    while (!block.lines.empty() && is_setting(block.lines.back())) block.lines.pop_back();
    const auto first =
        std::find_if(block.lines.begin(), block.lines.end(), [](const auto& line) { return !line.empty(); });
    block.lines.erase(block.lines.begin(), first);
    // The order of grants is history, not meaning.
    if (has_type(block, "ACL") || has_type(block, "DEFAULT ACL")) std::sort(block.lines.begin(), block.lines.end());
    std::string text;
    for (const std::string& line : block.lines) text += line + "\n";
    return text;
}

using Paragraphs = std::multiset<Lines>;

Paragraphs paragraphs_of(const std::string& schema) {
    Paragraphs paragraphs;
    Lines paragraph;
    for (const std::string& line : split_lines(schema + "\n\n")) {
        if (!line.empty()) {
            paragraph.push_back(line.ends_with(',') ? line.substr(0, line.size() - 1) : line);
        } else if (!paragraph.empty()) {
            paragraphs.insert(std::exchange(paragraph, {}));
        }
    }
    return paragraphs;
}

Paragraphs without(const Paragraphs& these, const Paragraphs& those) {
    Paragraphs rest;
    std::set_difference(these.begin(), these.end(), those.begin(), those.end(), std::inserter(rest, rest.end()));
    return rest;
}

/// The paragraph about the same thing: the one that begins alike.
Lines counterpart_of(const Lines& paragraph, const Paragraphs& others) {
    const auto found = std::find_if(others.begin(), others.end(),
                                    [&paragraph](const Lines& other) { return other.front() == paragraph.front(); });
    return found == others.end() ? Lines{} : *found;
}

/// Lines of `paragraph` that its counterpart has not, behind the first line of the paragraph that they stand in.
Lines own_lines(const Lines& paragraph, const Lines& counterpart) {
    Lines own;
    for (const std::string& line : paragraph) {
        if (std::find(counterpart.begin(), counterpart.end(), line) != counterpart.end()) continue;
        own.push_back(counterpart.empty() ? line : paragraph.front() + " ... " + line);
    }
    return own;
}

Lines only_in(const Paragraphs& mine, const Paragraphs& others, const std::string& sign) {
    Lines result;
    for (const Lines& paragraph : mine) {
        const Lines counterpart = counterpart_of(paragraph, others);
        for (const std::string& line : own_lines(paragraph, counterpart)) result.push_back(sign + line);
        const bool only_reordered =
            own_lines(paragraph, counterpart).empty() && own_lines(counterpart, paragraph).empty();
        if (only_reordered) result.push_back(sign + paragraph.front() + " (its lines in another order)");
    }
    return result;
}

}  // namespace

std::string normalise_schema(const std::string& dump) {
    std::vector<std::string> texts;
    for (const Block& block : split_blocks(split_lines(dump))) {
        if (!is_left_out(block)) texts.push_back(text_of(block));
    }
    std::sort(texts.begin(), texts.end());
    std::string schema;
    for (const std::string& text : texts) {
        if (!text.empty()) schema += (schema.empty() ? "" : "\n") + text;
    }
    return schema;
}

std::string schema_difference(const std::string& first, const std::string& second, int limit) {
    const Paragraphs of_first = paragraphs_of(first);
    const Paragraphs of_second = paragraphs_of(second);
    const Paragraphs left = without(of_first, of_second);
    const Paragraphs right = without(of_second, of_first);
    Lines lines = only_in(left, right, "- ");
    const Lines added = only_in(right, left, "+ ");
    lines.insert(lines.end(), added.begin(), added.end());
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < static_cast<std::size_t>(limit); ++i) text += lines[i] + "\n";
    return text;
}

}  // namespace lastgood
