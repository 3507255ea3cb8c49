#include "steps/lastgood/run_report.hpp"

#include "steps/lastgood/siblings.hpp"

namespace lastgood {

namespace {

std::string say_end(const StepState& step) {
    if (step.running) return "begun, not ended";
    return "exit " + (step.exit_status ? std::to_string(*step.exit_status) : std::string("?"));
}

}  // namespace

std::vector<std::string> say_steps(const RunState& run) {
    std::vector<std::string> lines;
    for (const char* name : k_steps)
        if (const auto step = run.steps.find(name); step != run.steps.end())
            lines.push_back(step->first + ": " + say_end(step->second));
    return lines;
}

std::string next_of(const RunState& run) {
    if (!run.open()) return "nothing to do";
    const auto ended = [&](const char* step) {
        const auto found = run.steps.find(step);
        return found != run.steps.end() && found->second.exit_status == 0;
    };
    if (run.in_doubt)
        return run.touched() ? "lastgood rollback   or go on: lastgood run --run-id " + run.id
                             : "lastgood run --run-id " + run.id;
    if (ended("migrate")) return "lastgood verify --run-id " + run.id + "   or lastgood rollback";
    if (run.touched()) return "lastgood rollback   or mend it and: lastgood migrate --run-id " + run.id;
    return ended("backup-capture") ? "lastgood migrate --run-id " + run.id
                                   : "lastgood backup-capture --run-id " + run.id;
}

}  // namespace lastgood
