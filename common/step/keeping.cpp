#include "step/keeping.hpp"

#include "core/failure.hpp"
#include "outside/console.hpp"
#include "record/restore_points.hpp"

#include <algorithm>
#include <stdexcept>

namespace lastgood {

namespace {

constexpr std::chrono::hours k_incomplete_for{24};

std::vector<KeptPoint> readable_points(const RestorePoints& restore_points, Console& console) {
    std::vector<KeptPoint> points;
    for (const auto& id : restore_points.ids()) {
        try {
            if (const auto manifest = restore_points.manifest(id))
                points.push_back(
                    {id, parse_time(manifest->taken_at), restore_points.proof(id).has_value(), manifest->fits});
        } catch (const Failure& failure) {
            console.warning(id + " is kept, it cannot be judged: " + failure.what_happened());
        } catch (const std::invalid_argument& error) {
            console.warning(id + " is kept, it cannot be judged: taken_at: " + error.what());
        }
    }
    return points;
}

}  // namespace

Expendable expendable_points(const RestorePoints& restore_points, const KeepRules& rules,
                             const std::vector<std::string>& needed, Console& console) {
    Expendable found;
    const Time today = now();
    found.points = expendable(readable_points(restore_points, console), rules, today, needed);
    for (const auto& [id, changed] : restore_points.incomplete())
        if (today - changed >= k_incomplete_for && std::find(needed.begin(), needed.end(), id) == needed.end())
            found.incomplete.push_back(id);
    return found;
}

}  // namespace lastgood
