#include "steps/lastgood/run_report.hpp"

#include "command_line/table.hpp"

namespace lastgood {

namespace {

std::string say_end(const StepState& step) {
    if (step.running) return "begun, not ended";
    return "exit " + (step.exit_status ? std::to_string(*step.exit_status) : std::string("?"));
}

}  // namespace

std::vector<std::string> say_steps(const RunState& run) {
    std::vector<std::string> lines;
    for (const auto& name : step_names())
        if (const auto step = run.steps.find(name); step != run.steps.end())
            lines.push_back(step->first + ": " + say_end(step->second));
    return lines;
}

}  // namespace lastgood
