#include "database/session.hpp"
#include "runbook/restore_blocks.hpp"
#include "runbook/sections.hpp"
#include "runbook/shell_text.hpp"
#include "runbook/swap_blocks.hpp"

namespace lastgood {

namespace {

constexpr const char* k_stop_first =
    "Stop the application before (section 2 says how it comes back): what it writes until the swap stays in the "
    "database "
    "that is put aside, and is not carried over.";

void add(std::vector<RunbookBlock>& blocks, const std::vector<RunbookBlock>& more) {
    blocks.insert(blocks.end(), more.begin(), more.end());
}

/// What the application has after a return.
std::string taken_over_by(const RunbookFacts& facts) {
    const RunbookSwap& swap = *facts.swap;
    if (swap.renames() || swap.done) return facts.live;
    return swap.standby.empty() ? swap.by_hand : swap.standby;
}

/// User mappings are in no copy: their passwords reach real servers.
RunbookPart user_mappings(const RunbookFacts& facts) {
    const RunbookObjects& objects = *facts.swap->objects;
    const std::string name = objects.engine == "pg_dump" ? "dump" : "schema.dump";
    const std::string archive = (objects.encrypted ? "\"$work\"/" : "\"$point\"/") + name;
    return {"If it has foreign servers",
            {{"User mappings, which copies do not carry" +
                  std::string(objects.encrypted ? " (from the objects as they were decrypted above)." : "."),
              one_by_one({"pg_restore -l " + archive + " | { grep ' USER MAPPING ' || true; } > \"$work/mappings\"",
                          "if [ -s \"$work/mappings\" ]; then pg_restore --exit-on-error -L \"$work/mappings\" -d " +
                              database_word(taken_over_by(facts)) + " " + archive + "; fi"})}}};
}

void add_swap_parts(RunbookSection& section, const RunbookFacts& facts) {
    const RunbookSwap& swap = *facts.swap;
    if (swap.done)
        section.parts.push_back({"", {{"It is returned already: what was live before is " + swap.failed + ".", ""}}});
    if (swap.done && !swap.renames())
        section.parts.push_back({"If the application was not told yet",
                                 {{"Its database is " + facts.live + " now.", swap.point_at_standby}}});
    if (!swap.done && !swap.standby.empty()) {
        RunbookPart part{"With the kept standby", {{k_stop_first, ""}}};
        add(part.blocks, swap_blocks(facts, {swap.standby, swap.failed, swap.failed_mark, swap.point_at_standby}));
        section.parts.push_back(std::move(part));
    }
    if (!swap.objects) return;
    RunbookPart part{swap.standby.empty() ? "From the store" : "From the store, if the standby is gone",
                     {{k_stop_first, ""}}};
    add(part.blocks, restore_blocks(facts));
    if (!swap.done)
        add(part.blocks, swap_blocks(facts, {swap.by_hand, swap.failed, swap.failed_mark, swap.point_at_by_hand}));
    section.parts.push_back(std::move(part));
    section.parts.push_back(user_mappings(facts));
}

}  // namespace

RunbookSection return_data_section(const RunbookFacts& facts) {
    RunbookSection section{"Return the data to the restore point", {}};
    if (facts.restore_point.empty()) {
        section.parts.push_back({"", {{"There is none yet: nothing was migrated, and the data is as it was.", ""}}});
        return section;
    }
    RunbookPart doubts;
    for (const auto& doubt : facts.doubts) doubts.blocks.push_back({"**" + doubt + "**", ""});
    if (!doubts.blocks.empty()) section.parts.push_back(std::move(doubts));
    if (facts.foreign) section.parts.push_back({"", facts.foreign->back});
    if (facts.swap) add_swap_parts(section, facts);
    section.parts.push_back({"Afterwards",
                             {{"`lastgood rollback`, once it can start again, sees what was done, and does what is "
                               "left: the code, and closing "
                               "the run.",
                               ""}}});
    return section;
}

RunbookSection return_code_section(const RunbookFacts& facts) {
    RunbookSection section{"Return the code", {}};
    if (facts.good.commit.empty()) {
        section.parts.push_back(
            {"", {{"No good release is known: the code is left to you.", "git log --oneline -20"}}});
        return section;
    }
    RunbookPart part{"",
                     {{"The last good release is commit " + facts.good.commit + ". In a full clone of the repository:",
                       facts.good.git}}};
    if (facts.good.git.empty()) part.blocks.front().words += " nothing is to be returned there.";
    section.parts.push_back(std::move(part));
    if (!facts.good.deploy.empty()) section.parts.push_back({"Into service", facts.good.deploy});
    return section;
}

RunbookSection undo_section(const RunbookFacts& facts) {
    RunbookSection section{"Undo a return", {}};
    if (facts.foreign) section.parts.push_back({"", facts.foreign->undo});
    if (facts.swap) {
        const RunbookSwap& swap = *facts.swap;
        RunbookPart part{
            "",
            {{"What was live before the return is " + swap.failed +
                  " (section 6 lists the databases). What was written since the return stays in the one that "
                  "goes aside.",
              ""}}};
        RunbookFacts turned = facts;
        TakingOver order{swap.failed, swap.returned, swap.returned_mark, ""};
        if (!swap.renames()) {
            order.point_at = swap.point_back;
            turned.live = taken_over_by(facts);
        }
        add(part.blocks, swap_blocks(turned, order));
        section.parts.push_back(std::move(part));
    }
    if (!facts.foreign && !facts.swap) section.parts.push_back({"", {{"Nothing was returned.", ""}}});
    RunbookPart code{"The code of the release", {}};
    if (!facts.released.git.empty()) code.blocks.push_back({"The branch.", facts.released.git});
    add(code.blocks, facts.released.deploy);
    if (!code.blocks.empty() && (facts.foreign || facts.swap)) section.parts.push_back(std::move(code));
    return section;
}

}  // namespace lastgood
