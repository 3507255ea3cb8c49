#include "command_line/arguments.hpp"

#include "command_line/complaint_about.hpp"
#include "command_line/exit_status_section.hpp"
#include "core/exit_code.hpp"
#include "core/version.hpp"
#include "outside/harmless.hpp"

#include <iostream>
#include <list>

#include <CLI/CLI.hpp>

namespace lastgood {

namespace {

/// Prints with a command's own options those that it takes from the program. The groups of options cannot be
/// overridden; what stands behind them can.
class HelpFormatter : public CLI::Formatter {
  public:
    std::string make_subcommands(const CLI::App* app, CLI::AppFormatMode mode) const override {
        return common_options(app) + CLI::Formatter::make_subcommands(app, mode);
    }

  private:
    std::string common_options(const CLI::App* app) const {
        const CLI::App* program = app;
        while (program->get_parent() != nullptr) program = program->get_parent();
        if (program == app) return "";
        return make_group("Common options", false, program->get_options([program](const CLI::Option* option) {
            return option->nonpositional() && option != program->get_help_ptr() && option->get_name() != "--version";
        }));
    }
};

/// A variable that is not set makes an empty word: "--to ''" must not mean that there is no --to.
std::string refuse_empty(const std::string& value) {
    return value.empty() ? "it is empty" : "";
}

/// Rows become options of CLI11; what it finds is kept here until it has parsed all.
class Binding {
  public:
    void add_rows(CLI::App& app, const CommandRow& row) {
        for (const auto& option : row.options) add_option(app, option);
        for (const auto& positional : row.positionals) {
            CLI::Option* added = app.add_option(positional.name, m_values.emplace_back(), positional.text);
            added->required(positional.required)->check(refuse_empty);
            m_options.emplace_back(positional.name, added, &m_values.back(), nullptr);
        }
        if (!row.commands.empty()) app.require_subcommand(1);
        if (row.hands_over) app.allow_extras();
        for (const auto& command : row.commands) add_rows(*app.add_subcommand(command.name, command.text), command);
    }

    void add_option(CLI::App& app, const OptionRow& row) {
        if (row.value.empty()) {
            bool& flag = m_flags.emplace_back(false);
            m_options.emplace_back(row.name, app.add_flag(row.name, flag, row.text), nullptr, &flag);
            return;
        }
        std::string text = row.text;
        if (!row.choices.empty()) text += " (" + list_of(row.choices) + ")";
        CLI::Option* added = app.add_option(row.name, m_values.emplace_back(), text)->type_name(row.value);
        added->required(row.required)->check(refuse_empty);
        if (!row.choices.empty()) added->transform(CLI::IsMember(row.choices, CLI::ignore_case).description(""));
        m_options.emplace_back(row.name, added, &m_values.back(), nullptr);
    }

    std::map<std::string, std::string> given() const {
        std::map<std::string, std::string> result;
        for (const auto& bound : m_options) {
            if (bound.option->count() == 0 || (bound.flag != nullptr && !*bound.flag)) continue;
            result[bound.name] = bound.value == nullptr ? "" : *bound.value;
        }
        return result;
    }

  private:
    static std::string list_of(const std::vector<std::string>& choices) {
        std::string list;
        for (std::size_t i = 0; i < choices.size(); ++i)
            list += (i == 0 ? "" : i + 1 == choices.size() ? " or " : ", ") + choices[i];
        return list;
    }

    struct Bound {
        Bound(std::string its_name, const CLI::Option* its_option, const std::string* its_value, const bool* its_flag)
            : name(std::move(its_name)), option(its_option), value(its_value), flag(its_flag) {}
        std::string name;
        const CLI::Option* option;
        const std::string* value;  ///< null of a flag
        const bool* flag;
    };
    std::list<std::string> m_values;  ///< CLI11 keeps references into both
    std::list<bool> m_flags;
    std::vector<Bound> m_options;
};

std::string chosen_command(const CLI::App& app) {
    std::string words;
    for (const CLI::App* at = &app; !at->get_subcommands().empty();) {
        at = at->get_subcommands().front();
        words += (words.empty() ? "" : " ") + at->get_name();
    }
    return words;
}

/// Words of the command line are repeated in it.
void say(const ProgramText& text, const Complaint& complaint) {
    std::cerr << text.speaker << ": error: " << harmless_line(complaint.what) << "\n";
    if (!complaint.detail.empty()) std::cerr << "  detail: " << harmless_line(complaint.detail) << "\n";
    std::cerr << "  changed: nothing\n  next: " << harmless_line(complaint.next) << "\n";
}

}  // namespace

Parsed parse_arguments(int argc, char** argv, const ProgramText& text, const CommandRow& row) {
    CLI::App app(text.manual, text.executable);
    app.footer(exit_status_section());
    app.set_version_flag("--version", text.executable + " " + k_version);
    app.fallthrough();
    app.formatter(std::make_shared<HelpFormatter>());
    Binding binding;
    for (const auto& option : common_options()) binding.add_option(app, option);
    binding.add_rows(app, row);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return {false, app.exit(success), {}};
    } catch (const CLI::ParseError& error) {
        say(text, complaint_about(app, error.what()));
        return {false, status_of(ExitCode::usage), {}};
    }
    return {true, 0, Arguments(chosen_command(app), binding.given())};
}

}  // namespace lastgood
