#include "backup/retention.hpp"

#include <algorithm>
#include <set>

namespace lastgood {

std::vector<std::string> expendable(std::vector<KeptPoint> points, const KeepRules& rules, Time now,
                                    const std::vector<std::string>& needed) {
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.taken_at > b.taken_at; });
    std::set<int, std::greater<>> releases;
    for (const KeptPoint& point : points)
        if (point.fits) releases.insert(*point.fits);
    while (releases.size() > static_cast<std::size_t>(std::max(rules.good, 1)))
        releases.erase(std::prev(releases.end()));

    std::vector<std::string> gone;
    bool proven_seen = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const KeptPoint& point = points[i];
        const bool newest_proven = point.proven && !proven_seen;
        proven_seen = proven_seen || point.proven;
        const bool newest_of_release = point.fits && releases.erase(*point.fits) > 0;
        const bool young = rules.young && now - point.taken_at < *rules.young;
        const bool wanted = std::find(needed.begin(), needed.end(), point.id) != needed.end();
        if (static_cast<int>(i) < rules.last || young || wanted || newest_proven || newest_of_release) continue;
        gone.push_back(point.id);
    }
    return gone;
}

}  // namespace lastgood
