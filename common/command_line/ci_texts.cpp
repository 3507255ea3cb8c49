#include "command_line/ci_texts.hpp"

#include "command_line/table.hpp"

#include <algorithm>
#include <vector>

namespace lastgood {

namespace {

/// What a job may ask for: what the driver's other commands tell is for people.
struct Job {
    std::string step;  ///< "run"
    const CommandRow* row;
};

std::vector<Job> jobs() {
    std::vector<Job> all;
    const auto add_command = [&](const std::string& name) {
        const auto& commands = program("lastgood").commands;
        const auto found =
            std::find_if(commands.begin(), commands.end(), [&](const CommandRow& row) { return row.name == name; });
        all.push_back({name, &*found});
    };
    add_command("run");
    for (const auto& step : step_names()) all.push_back({step, &program("lastgood-" + step)});
    add_command("check");
    return all;
}

std::string say_option(const OptionRow& option) {
    return option.name + (option.value.empty() ? "" : " " + option.value);
}

std::string joined(const std::vector<std::string>& words, const std::string& between, const std::string& last) {
    std::string list;
    for (std::size_t i = 0; i < words.size(); ++i)
        list += (i == 0 ? "" : i + 1 == words.size() ? last : between) + words[i];
    return list;
}

}  // namespace

std::string action_inputs() {
    std::vector<std::string> steps;
    std::vector<std::string> options;
    for (const auto& job : jobs()) {
        steps.push_back(job.step);
        std::vector<std::string> own;
        for (const auto& option : job.row->options) own.push_back(say_option(option));
        if (!own.empty()) options.push_back(job.step + " takes " + joined(own, ", ", " and "));
    }
    return "  step:\n    description: " + joined(steps, ", ", " or ") +
           "\n    required: true\n  args:\n    description: >-\n"
           "      More options of the step, split into words as a POSIX shell does, quotes honoured, nothing "
           "evaluated:\n"
           "      " +
           joined(options, ";\n      ", ";\n      ").append(".\n    required: false\n");
}

std::string options_of_steps() {
    std::string table = "| step | its own options |\n| --- | --- |\n";
    for (const auto& job : jobs()) {
        std::vector<std::string> own;
        for (const auto& option : job.row->options) own.push_back("`" + say_option(option) + "`: " + option.text);
        table += "| `" + job.step + "` | " + (own.empty() ? "none" : joined(own, "; ", "; ")) + " |\n";
    }
    std::vector<std::string> common;
    for (const auto& option : common_options()) common.push_back("`" + say_option(option) + "`");
    return table + "\nEach takes " + joined(common, ", ", " and ") + " too.\n";
}

}  // namespace lastgood
