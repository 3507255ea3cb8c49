#pragma once

#include <string>
#include <vector>

namespace lastgood::test {

struct ChildResult {
    int status = 0;  ///< exit status, 128 + signal if it ended by one
    std::string out;
    std::string err;
};

/// Runs a program to its end with `input` on its standard input, the default signal mask, and nothing else of ours:
/// tests that judge the doors of `outside` do not go through them. Throws std::runtime_error if it cannot be started.
ChildResult run_child(const std::vector<std::string>& argv, const std::string& input = "");

}  // namespace lastgood::test
