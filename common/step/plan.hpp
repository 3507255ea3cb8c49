#pragma once

#include "record/event.hpp"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace lastgood {

/// One thing a step will do. A value: what it means is the step's own business (Step::act).
struct PlannedAction {
    std::string id;                  ///< "capture", "swap": unique in the plan, part of the record
    std::string summary;             ///< for people: "swap shop and shop__lg_1f2e (10 ms)"
    bool changes = true;             ///< does it change production (the database, the branch, the deployment)?
    bool reversible = true;          ///< can it be taken back?
    Json data = Json::object();      ///< goes into action-begun: what must be known if the program dies inside
    bool undone_on_failure = false;  ///< the step itself takes it back when a later action fails clean
};

/// What a step decided. An empty list with a reason is a fine answer.
struct Plan {
    std::string reason;  ///< why these actions, or why none
    std::vector<PlannedAction> actions;
    std::vector<std::string> remarks;  ///< further lines for people, shown with the plan
    /// What only a dry run shows: lines that stand below a remark (by its place), and the same for programs.
    std::map<std::size_t, std::vector<std::string>> details = {};
    Json facts = Json::object();
};

/// One program's work. observe and decide are plan(); the interpreter in life.cpp does the rest.
class Step {
  public:
    virtual ~Step() = default;
    virtual std::string name() const = 0;  ///< "migrate"
    /// Reads the world and decides. Changes nothing. Throws Failure (3) when a precondition is missing.
    virtual Plan plan() = 0;
    /// Does one planned action. Returns what later programs need to know (goes into action-ended).
    virtual Json act(const PlannedAction& action) = 0;
    /// Reads the world again and checks what the step promised. Throws Failure. Returns facts for the closing record.
    virtual Json prove() = 0;
};

}  // namespace lastgood
