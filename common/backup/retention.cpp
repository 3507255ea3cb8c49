#include "backup/retention.hpp"

#include <algorithm>

namespace lastgood {

std::vector<std::string> expendable(std::vector<KeptPoint> points, int keep_last,
                                    std::optional<std::chrono::milliseconds> keep_for, Time now,
                                    const std::vector<std::string>& needed) {
    std::sort(points.begin(), points.end(), [](const auto& a, const auto& b) { return a.taken_at > b.taken_at; });
    std::vector<std::string> gone;
    bool proven_seen = false;
    for (std::size_t i = 0; i < points.size(); ++i) {
        const KeptPoint& point = points[i];
        const bool newest_proven = point.proven && !proven_seen;
        proven_seen = proven_seen || point.proven;
        const bool young = keep_for && now - point.taken_at < *keep_for;
        const bool wanted = std::find(needed.begin(), needed.end(), point.id) != needed.end();
        if (static_cast<int>(i) < keep_last || young || wanted || newest_proven) continue;
        gone.push_back(point.id);
    }
    return gone;
}

}  // namespace lastgood
