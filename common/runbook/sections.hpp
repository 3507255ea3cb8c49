#pragma once

#include "runbook/runbook.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// Blocks under a title of their own; one without a title is the section's own.
struct RunbookPart {
    std::string title;
    std::vector<RunbookBlock> blocks;
};

struct RunbookSection {
    std::string title;
    std::vector<RunbookPart> parts;
};

RunbookSection first_section(const RunbookFacts& facts);
RunbookSection no_connections_section(const RunbookFacts& facts);
RunbookSection return_data_section(const RunbookFacts& facts);
RunbookSection return_code_section(const RunbookFacts& facts);
RunbookSection undo_section(const RunbookFacts& facts);
RunbookSection places_section(const RunbookFacts& facts);

}  // namespace lastgood
