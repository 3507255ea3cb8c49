#include "step/noted_transactions.hpp"

namespace lastgood {

std::vector<std::string> noted_transactions(const RunState& run, Framework& framework, Session& live) {
    const auto begun = run.first_begun.find("migrate/migrate");
    if (begun == run.first_begun.end()) return {};
    if (run.hotfix) {
        const auto note = run.notes.find(k_hotfix_transactions);
        if (note == run.notes.end() || !note->second.is_string()) return {};
        return {note->second.get<std::string>()};
    }
    return framework.own_transactions(live, begun->second.value("applied", std::vector<std::string>{}));
}

}  // namespace lastgood
