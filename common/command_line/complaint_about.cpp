#include "command_line/complaint_about.hpp"

#include "core/names.hpp"

#include <vector>

#include <CLI/CLI.hpp>

namespace lastgood {

namespace {

/// The innermost command that was named: "lastgood backups".
const CLI::App& named(const CLI::App& app, std::string& words) {
    const CLI::App* at = &app;
    words = app.get_name();
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        words += " " + at->get_name();
    }
    return *at;
}

std::vector<std::string> commands_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; }))
        names.push_back(command->get_name());
    return names;
}

/// The first word that nothing took; "" if there is none.
std::string surplus_word(const CLI::App& app) {
    for (const auto& word : app.remaining(true))
        if (!word.starts_with("-")) return word;
    return "";
}

/// The first option that nothing took, without its value.
std::string surplus_option(const CLI::App& app) {
    for (const auto& word : app.remaining(true))
        if (word.starts_with("--") && word.size() > 2) return word.substr(0, word.find('='));
    return "";
}

/// Those of the command and those that it takes from the program.
std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const CLI::App* at = &app; at != nullptr; at = at->get_parent())
        for (const CLI::Option* option : at->get_options())
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::string list_of(const std::vector<std::string>& names) {
    std::string list;
    for (const auto& name : names) list += (list.empty() ? "" : ", ") + name;
    return list;
}

}  // namespace

Complaint complaint_about(const CLI::App& app, const std::string& error) {
    std::string words;
    const CLI::App& at = named(app, words);
    const auto commands = commands_of(at);
    if (const std::string option = surplus_option(app); !option.empty()) {
        const std::string meant = nearest(option, options_of(at));
        return {words + " has no option " + option + (meant.empty() ? "" : "; " + meant + " is near"), error,
                words + (meant.empty() ? " --help" : " " + meant + "   or " + words + " --help")};
    }
    if (commands.empty()) return {error, "", words + " --help"};
    const std::string detail = "the commands of " + words + ": " + list_of(commands);
    const std::string word = surplus_word(app);
    if (word.empty()) return {error, detail, words + " --help"};
    const std::string meant = nearest(word, commands);
    return {words + " has no command \"" + word + "\"" + (meant.empty() ? "" : "; \"" + meant + "\" is near"), detail,
            words + " " + (meant.empty() ? "--help" : meant)};
}

}  // namespace lastgood
