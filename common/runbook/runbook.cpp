#include "runbook/runbook.hpp"

#include "runbook/sections.hpp"

namespace lastgood {

namespace {

constexpr const char* k_about =
    "For the night on which `lastgood` itself cannot start: every command below is literal, and is typed into bash as "
    "it "
    "stands. No password is in this file. Take the section of your situation; whatever you do, section 1 comes first.";

std::string block_text(const RunbookBlock& block) {
    std::string text;
    if (!block.words.empty()) text += block.words + "\n\n";
    if (!block.commands.empty()) text += "```sh\n" + block.commands + "\n```\n\n";
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
    std::string text = "# Runbook of run " + facts.run + ", " + facts.scope + "\n\n" + k_about +
                       "\n\nWhen it was written: " + facts.now + ".\n\n";
    int number = 0;
    for (const auto& section : {first_section(facts), no_connections_section(facts), return_data_section(facts),
                                return_code_section(facts), undo_section(facts), places_section(facts)})
        text += section_text(section, ++number);
    text.pop_back();
    return text;
}

std::string return_commands(const RunbookFacts& facts) {
    if (facts.restore_point.empty()) return "";
    std::string text;
    for (const auto& section : {first_section(facts), return_data_section(facts)}) {
        const RunbookPart* way = nullptr;
        for (const auto& part : section.parts)
            if (way == nullptr && !part.blocks.empty() && !part.blocks.front().words.empty()) way = &part;
        if (way == nullptr) continue;
        for (const auto& block : way->blocks) text += block.commands.empty() ? "" : block.commands + "\n";
    }
    if (!text.empty()) text.pop_back();
    return text;
}

}  // namespace lastgood
