#include "runbook/runbook.hpp"

#include "runbook/sections.hpp"
#include "runbook/shell_text.hpp"

#include <algorithm>

namespace lastgood {

namespace {

constexpr const char* k_about =
    "For the night on which `lastgood` itself cannot start: every command below is literal, and is typed into bash as "
    "it "
    "stands. No password is in this file: where *** stands, the pipeline puts in a secret; put it there yourself. Take "
    "the section of your situation; whatever you do, section 1 comes first.";

/// Names of tables and databases are whatever somebody called them: none may end the block that it is in.
std::string fence_of(const std::string& commands) {
    std::size_t longest = 2;
    std::size_t row = 0;
    for (const char c : commands) {
        row = c == '`' ? row + 1 : 0;
        longest = std::max(longest, row);
    }
    return std::string(longest + 1, '`');
}

std::string block_text(const RunbookBlock& block) {
    std::string text;
    if (!block.words.empty()) text += one_line(block.words) + "\n\n";
    if (block.commands.empty()) return text;
    const std::string fence = fence_of(block.commands);
    return text + fence + "sh\n" + block.commands + "\n" + fence + "\n\n";
}

bool has_commands(const RunbookPart& part) {
    return std::any_of(part.blocks.begin(), part.blocks.end(),
                       [](const auto& block) { return !block.commands.empty(); });
}

/// For a shell: what it says in words is a comment.
std::string commented(const RunbookPart& part) {
    std::string text;
    for (const auto& block : part.blocks) {
        if (!block.words.empty()) text += "# " + one_line(block.words) + "\n";
        if (!block.commands.empty()) text += block.commands + "\n";
    }
    return text;
}

std::string section_text(const RunbookSection& section, int number) {
    std::string text = "## " + std::to_string(number) + ". " + section.title + "\n\n";
    for (const auto& part : section.parts) {
        if (!part.title.empty()) text += "### " + part.title + "\n\n";
        for (const auto& block : part.blocks) text += block_text(block);
    }
    return text;
}

}  // namespace

std::string runbook_text(const RunbookFacts& facts) {
    std::string text = "# Runbook of run " + one_line(facts.run + ", " + facts.scope) + "\n\n" + k_about +
                       "\n\nWhen it was written: " + facts.now + ".\n\n";
    int number = 0;
    for (const auto& section : {first_section(facts), no_connections_section(facts), return_data_section(facts),
                                return_code_section(facts), undo_section(facts), places_section(facts)})
        text += section_text(section, ++number);
    text.pop_back();
    return text;
}

std::string return_commands(const RunbookFacts& facts) {
    // With its name swapped in, the restored database is live: no data is left to return.
    const bool returned = facts.swap && facts.swap->done && facts.swap->renames();
    if (facts.restore_point.empty() || returned) return "";
    std::string text;
    for (const auto& section : {first_section(facts), return_data_section(facts)}) {
        for (const auto& part : section.parts) {
            text += commented(part);
            if (has_commands(part)) break;
        }
    }
    if (!text.empty()) text.pop_back();
    return text;
}

}  // namespace lastgood
