#pragma once

#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/process.hpp"
#include "outside/process_table.hpp"
#include "outside/redaction.hpp"

#include <chrono>
#include <csignal>
#include <functional>
#include <map>
#include <string>
#include <sys/types.h>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace lastgood {

/// Waits until `condition` holds; false after ten seconds.
inline bool comes_true(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// False for a process that has ended, reaped or not.
inline bool is_running(pid_t pid) {
    const auto state = state_of(pid);
    return state && !state->ended;
}

/// Everything Processes needs, and the programs to run with it.
struct ProcessTest : testing::Test {
    static Command shell(const std::string& script) {
        Command command;
        command.argv = {"sh", "-c", script};
        return command;
    }

    Environment environment{
        std::map<std::string, std::string>{{"PATH", "/usr/bin:/bin"}, {"HOME", "/"}, {"SHOP", "open"}}};
    Redaction redaction;
    Interruption interruption;
    Processes processes{interruption, redaction, environment};
};

}  // namespace lastgood
