#include "command_line/completion.hpp"
#include "command_line/manual_page.hpp"
#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "generated_manuals.hpp"
#include "step/program.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/siblings.hpp"

#include <functional>
#include <map>

namespace lastgood {

namespace {

using Command = std::function<int(World&, const Arguments&)>;

RunOptions run_options(const Arguments& given) {
    return {given.value("--take-over"), given.value("--again")};
}

AdoptOptions adopt_options(const Arguments& given) {
    return {given.value("REVISION"), given.value("--confirm")};
}

ReportOptions report_options(const Arguments& given) {
    ReportOptions options{given.value("RUN"), given.value("--html"), given.value("--markdown"), given.value("--limit")};
    if (options.limit.empty()) options.limit = ReportOptions{}.limit;
    return options;
}

BackupsOptions backups_options(const Arguments& given) {
    return {given.value("ID"), given.value("--confirm"), given.value("--acknowledge"), given.value("--to")};
}

int print_manual(const std::string& asked) {
    const std::string name = asked.empty() ? "lastgood" : is_step(asked) ? "lastgood-" + asked : asked;
    const auto found = k_manuals.find(name);
    if (found == k_manuals.end())
        throw Failure(ExitCode::usage, "no program of ours is called \"" + asked + "\"", "nothing", "lastgood --help");
    std::fputs(manual_page(program(name), found->second).c_str(), stdout);
    return 0;
}

int print_completion(const std::string& shell) {
    const std::map<std::string, std::function<std::string()>> shells{
        {"bash", bash_completion}, {"fish", fish_completion}, {"zsh", zsh_completion}};
    const auto found = shells.find(shell);
    if (found == shells.end())
        throw Failure(ExitCode::usage, "no completion for \"" + shell + "\"; there is one for bash, fish and zsh",
                      "nothing", "lastgood completion bash");
    std::fputs(found->second().c_str(), stdout);
    return 0;
}

/// By the words of the table.
const std::map<std::string, Command>& commands() {
    const auto plain = [](int (*command)(World&)) -> Command {
        return [command](World& world, const Arguments&) { return command(world); };
    };
    const auto of_backups = [](int (*command)(World&, const BackupsOptions&)) -> Command {
        return [command](World& world, const Arguments& given) { return command(world, backups_options(given)); };
    };
    static const std::map<std::string, Command> all{
        {"init", [](World& world, const Arguments& given) { return init_pipeline(world, {given.value("--output")}); }},
        {"schema", plain(print_schema)},
        {"run", [](World& world, const Arguments& given) { return run_pipeline(world, run_options(given)); }},
        {"status", plain(show_status)},
        {"history", [](World& world, const Arguments& given) { return show_history(world, {given.value("--html")}); }},
        {"report", [](World& world, const Arguments& given) { return write_report(world, report_options(given)); }},
        {"check",
         [](World& world, const Arguments& given) {
             return given.has("--code") ? check_code(world) : check_pipeline(world);
         }},
        {"adopt", [](World& world, const Arguments& given) { return adopt(world, adopt_options(given)); }},
        {"backups list", plain(list_backups)},
        {"backups show", of_backups(show_backup)},
        {"backups verify", of_backups(verify_backups)},
        {"backups prove", of_backups(prove_backup)},
        {"backups download", of_backups(download_backup)},
        {"backups prune", of_backups(prune_backups)},
        {"manual", [](World&, const Arguments& given) { return print_manual(given.value("PROGRAM")); }},
        {"completion", [](World&, const Arguments& given) { return print_completion(given.value("SHELL")); }}};
    return all;
}

int body(World& world, const Arguments& given) {
    const auto command = commands().find(given.command());
    if (command != commands().end()) return command->second(world, given);
    // A step that did not come first, so that main() has not handed over.
    throw Failure(ExitCode::usage, "options come behind the step", "nothing",
                  "lastgood " + given.command() + " --help");
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    if (argc > 1 && lastgood::is_step(argv[1])) return lastgood::become(argv[1], argv + 1);
    return lastgood::run_program(argc, argv, {"lastgood", "lastgood", k_manual}, lastgood::body);
}
