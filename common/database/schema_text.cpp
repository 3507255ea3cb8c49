#include "database/schema_dump.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
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

std::multiset<std::string> blocks_of(const std::string& schema) {
    std::multiset<std::string> blocks;
    for (std::size_t begin = 0; begin < schema.size();) {
        const std::size_t end = std::min(schema.find("\n\n", begin), schema.size());
        blocks.insert(schema.substr(begin, end - begin));
        begin = end + 2;
    }
    return blocks;
}

std::string without_comma(std::string line) {
    if (line.ends_with(',')) line.pop_back();
    return line;
}

/// Blocks of `mine` that `others` has not, with the lines that these have and the others' unmatched blocks have not. A
/// line within a block is shown behind the block's first.
Lines only_in(const std::multiset<std::string>& mine, const std::multiset<std::string>& others, char sign) {
    std::vector<std::string> unmatched;
    std::set_difference(mine.begin(), mine.end(), others.begin(), others.end(), std::back_inserter(unmatched));
    std::vector<std::string> counterparts;
    std::set_difference(others.begin(), others.end(), mine.begin(), mine.end(), std::back_inserter(counterparts));
    std::map<std::string, Lines> counterpart_lines;
    for (const std::string& block : counterparts) {
        Lines lines = split_lines(block);
        for (std::string& line : lines) line = without_comma(line);
        counterpart_lines[without_comma(block.substr(0, block.find('\n')))] = lines;
    }
    Lines result;
    for (const std::string& block : unmatched) {
        const Lines lines = split_lines(block);
        const auto counterpart = counterpart_lines.find(without_comma(lines.front()));
        const std::size_t before = result.size();
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const bool same = counterpart != counterpart_lines.end() &&
                              std::find(counterpart->second.begin(), counterpart->second.end(),
                                        without_comma(lines[i])) != counterpart->second.end();
            if (!same)
                result.push_back(std::string(1, sign) + " " +
                                 (i == 0 || counterpart == counterpart_lines.end() ? "" : lines.front() + " ... ") +
                                 lines[i]);
        }
        if (result.size() == before)
            result.push_back(std::string(1, sign) + " " + lines.front() + " (lines in another order)");
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
    const auto blocks_of_first = blocks_of(first);
    const auto blocks_of_second = blocks_of(second);
    Lines lines = only_in(blocks_of_first, blocks_of_second, '-');
    const Lines added = only_in(blocks_of_second, blocks_of_first, '+');
    lines.insert(lines.end(), added.begin(), added.end());
    std::string text;
    for (std::size_t i = 0; i < lines.size() && i < static_cast<std::size_t>(limit); ++i) text += lines[i] + "\n";
    return text;
}

}  // namespace lastgood
