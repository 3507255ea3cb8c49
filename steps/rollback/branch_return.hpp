#pragma once

#include "core/facts.hpp"

#include <string>

namespace lastgood {

class Processes;
class Repository;
struct GitSettings;

/// What came of returning the branch. It never throws and never holds anything up.
struct BranchOutcome {
    bool done = false;
    std::string what;     ///< "main is at 1a2b3c4d5e6f, whose tree is the good one"; or why it was left
    std::string command;  ///< the literal command for a person, when it was left
};

struct BranchOrder {
    std::string branch;
    Revision bad;   ///< the run's; empty if not known
    Revision good;  ///< empty if no good release is known
    std::string run;
    std::string why;
};

BranchOutcome return_branch(const Repository& repository, const GitSettings& git, const BranchOrder& order,
                            Processes& processes);

}  // namespace lastgood
