#pragma once

#include "core/failure.hpp"
#include "step/plan.hpp"

#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood::test {

using Ids = std::vector<std::string>;

/// The actions of a plan, in order.
inline Ids ids(const Plan& plan) {
    Ids found;
    for (const auto& action : plan.actions) found.push_back(action.id);
    return found;
}

inline const PlannedAction& action(const Plan& plan, const std::string& id) {
    for (const auto& planned : plan.actions)
        if (planned.id == id) return planned;
    throw std::logic_error("no action \"" + id + "\" was planned");
}

inline bool says(const std::vector<std::string>& lines, const std::string& part) {
    for (const auto& line : lines)
        if (line.find(part) != std::string::npos) return true;
    return false;
}

/// `decide` is refused with this code, names `part`, and says what was changed and what to do next.
inline void expect_refused(const std::function<void()>& decide, ExitCode code, const std::string& part) {
    try {
        decide();
        ADD_FAILURE() << "not refused: " << part;
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), code) << failure.what();
        EXPECT_NE((failure.what_happened() + "\n" + failure.detail()).find(part), std::string::npos) << failure.what();
        EXPECT_FALSE(failure.next().empty()) << failure.what();
        EXPECT_EQ(failure.changed().rfind("nothing", 0), 0U) << failure.changed();
    }
}

}  // namespace lastgood::test
