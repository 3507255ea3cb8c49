#include "report/attempts.hpp"

#include <cstddef>

namespace lastgood {

namespace {

/// backup-capture begins its step before it begins the run.
std::size_t first_of_attempt(const std::vector<Event>& events, std::size_t begun) {
    while (begun > 0 && events[begun - 1].type == "step-begun") --begun;
    return begun;
}

}  // namespace

std::vector<Attempt> attempts_of(const std::string& run, const std::vector<Event>& events) {
    std::vector<std::size_t> firsts;
    for (std::size_t i = 0; i < events.size(); ++i)
        if (events[i].type == "run-begun") firsts.push_back(first_of_attempt(events, i));
    std::vector<Attempt> attempts;
    for (std::size_t i = 0; i < firsts.size(); ++i) {
        const auto first = events.begin() + static_cast<std::ptrdiff_t>(firsts[i]);
        const auto last =
            i + 1 < firsts.size() ? events.begin() + static_cast<std::ptrdiff_t>(firsts[i + 1]) : events.end();
        attempts.push_back({fold(run, {events.begin(), last}), {first, last}});
    }
    return attempts;
}

}  // namespace lastgood
