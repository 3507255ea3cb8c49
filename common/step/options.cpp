#include "step/options.hpp"

#include "core/exit_code.hpp"
#include "core/version.hpp"
#include "step/subcommands.hpp"

#include <cstdio>
#include <iostream>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>

namespace lastgood {

namespace {

const std::map<std::string, LogLevel>& log_levels() {
    static const std::map<std::string, LogLevel> levels{{"trace", LogLevel::trace}, {"debug", LogLevel::debug},
                                                        {"info", LogLevel::info},   {"warning", LogLevel::warning},
                                                        {"error", LogLevel::error}, {"off", LogLevel::off}};
    return levels;
}

std::string exit_status_section() {
    std::ostringstream text;
    text << "EXIT STATUS\n";
    int count = 0;
    const ExitCodeHelp* table = exit_code_table(count);
    for (int i = 0; i < count; ++i) {
        char line[200];
        std::snprintf(line, sizeof line, "  %3d  %s\n", table[i].status, std::string(table[i].meaning).c_str());
        text << line;
    }
    return text.str();
}

}  // namespace

void add_common_options(CLI::App& app, CommonOptions& options) {
    app.add_option("--pipeline", options.pipeline, "the pipeline file")->type_name("FILE")->capture_default_str();
    app.add_option("--run-id", options.run_id, "the run; default: the CI's own, the open run, or a new one")
        ->type_name("ID");
    app.add_flag("--dry-run", options.dry_run, "print the plan and stop");
    app.add_flag("--json", options.json, "one JSON record per line on standard output");
    app.add_option("--log-level", options.log_level, "trace, debug, info, warning, error or off")
        ->transform(CLI::CheckedTransformer(log_levels(), CLI::ignore_case).description(""))
        ->type_name("LEVEL");
}

void add_option_again(CLI::App& app, std::string& again) {
    app.add_option("--again", again, "run this commit although its tree was rolled back before")->type_name("COMMIT");
}

void add_option_confirm(CLI::App& app, std::string& confirm) {
    app.add_option("--confirm", confirm, "the environment's name: for what throws data away")->type_name("ENVIRONMENT");
}

Parsed parse_options(int argc, char** argv, const ProgramText& text, CommonOptions& options,
                     const std::function<void(CLI::App&)>& add) {
    CLI::App app(text.manual, text.executable);
    app.footer(exit_status_section());
    app.set_version_flag("--version", text.executable + " " + k_version);
    app.fallthrough();
    app.formatter(help_formatter());
    add_common_options(app, options);
    if (add) add(app);
    try {
        app.parse(argc, argv);
    } catch (const CLI::Success& success) {
        return {false, app.exit(success)};
    } catch (const CLI::ParseError& error) {
        const Complaint complaint = complaint_about(app, error.what());
        std::cerr << text.speaker << ": error: " << complaint.what
                  << (complaint.detail.empty() ? "" : "\n  detail: " + complaint.detail)
                  << "\n  changed: nothing\n  next: " << complaint.next << "\n";
        return {false, status_of(ExitCode::usage)};
    }
    return {true, 0};
}

}  // namespace lastgood
