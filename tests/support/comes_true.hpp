#pragma once

#include <chrono>
#include <functional>
#include <thread>

namespace lastgood::test {

/// Waits for a condition, at most half a minute.
inline bool comes_true(const std::function<bool()>& condition) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > until) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
}

}  // namespace lastgood::test
