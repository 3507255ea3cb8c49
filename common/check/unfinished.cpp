#include "check/unfinished.hpp"

#include "check/check_kinds.hpp"
#include "core/quantity.hpp"

#include <algorithm>

namespace lastgood {

CheckResult judge_unfinished(const std::vector<Unfinished>& now, const std::vector<std::uint32_t>& before,
                             const std::string& one, const std::string& many) {
    Differences added;
    for (const auto& each : now) {
        if (std::find(before.begin(), before.end(), each.oid) == before.end()) added.add(each.what + ": " + each.mend);
    }
    const std::size_t known = now.size() - added.count();
    const std::string as_before = known == 0 ? "" : ", beside " + std::to_string(known) + " from before migrate";
    const Evidence evidence{.expected = "no " + one + as_before,
                            .found = say_count(added.count(), one, many) + as_before};
    return judged(added, evidence.expected, evidence);
}

std::vector<std::uint32_t> oids_of(const std::vector<Unfinished>& found) {
    std::vector<std::uint32_t> oids;
    oids.reserve(found.size());
    for (const auto& each : found) oids.push_back(each.oid);
    return oids;
}

}  // namespace lastgood
