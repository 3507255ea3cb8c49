#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "step/program.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/siblings.hpp"

#include <CLI/CLI.hpp>

namespace lastgood {

namespace {

/// The driver's subcommands and what they were given.
struct CommandLine {
    RunOptions run;
    AdoptOptions adopt;
    BackupsOptions backups;
    HistoryOptions history;
    ReportOptions report;
    bool only_code = false;
    std::function<int(World&)> chosen;
};

void add_run(CLI::App& app, CommandLine& line) {
    CLI::App* run = app.add_subcommand("run", "capture, migrate, verify, and on a bad verdict rollback");
    run->add_option("--take-over", line.run.take_over, "abandon this dead or expired open run first")->type_name("RUN");
    add_option_again(*run, line.run.again);
    run->callback([&line] { line.chosen = [&line](World& world) { return run_pipeline(world, line.run); }; });
}

void add_backups(CLI::App& app, CommandLine& line) {
    CLI::App* backups = app.add_subcommand("backups", "the restore points of the environment");
    backups->require_subcommand(1);
    backups->add_subcommand("list", "all, oldest first")->callback([&line] { line.chosen = list_backups; });
    CLI::App* show = backups->add_subcommand("show", "one of them");
    show->add_option("ID", line.backups.restore_point, "the restore point")->required();
    show->callback([&line] { line.chosen = [&line](World& world) { return show_backup(world, line.backups); }; });
    CLI::App* verify = backups->add_subcommand("verify", "read one, or all, and compare digests with the manifest");
    verify->add_option("ID", line.backups.restore_point, "the restore point; default: all");
    verify->callback([&line] { line.chosen = [&line](World& world) { return verify_backups(world, line.backups); }; });
    CLI::App* prove = backups->add_subcommand("prove", "restore one and compare every row with its manifest");
    prove->add_option("ID", line.backups.restore_point, "the restore point")->required();
    prove->callback([&line] { line.chosen = [&line](World& world) { return prove_backup(world, line.backups); }; });
    CLI::App* download = backups->add_subcommand("download", "get one out of the store, as files, decrypted");
    download->add_option("ID", line.backups.restore_point, "the restore point")->required();
    download->add_option("--to", line.backups.to, "an empty directory, or one that is not there yet")
        ->type_name("DIR")
        ->required();
    download->callback(
        [&line] { line.chosen = [&line](World& world) { return download_backup(world, line.backups); }; });
    CLI::App* prune = backups->add_subcommand("prune", "remove what keep and keep_failed let go");
    prune->add_option("--acknowledge", line.backups.acknowledge, "a failed database whose discarded rows you have seen")
        ->type_name("DATABASE");
    add_option_confirm(*prune, line.backups.confirm);
    prune->callback([&line] { line.chosen = [&line](World& world) { return prune_backups(world, line.backups); }; });
}

/// What can also be written as a page.
void add_pages(CLI::App& app, CommandLine& line) {
    CLI::App* history = app.add_subcommand("history", "the runs of the environment");
    history->add_option("--html", line.history.html, "write releases over time as one page")->type_name("FILE");
    history->callback([&line] { line.chosen = [&line](World& world) { return show_history(world, line.history); }; });
    CLI::App* report = app.add_subcommand("report", "all of one run: as a page, or as Markdown for a job's summary");
    report->add_option("RUN", line.report.run, "the run; default: the open one, else the newest");
    report->add_option("--html", line.report.html, "write one page that needs nothing else")->type_name("FILE");
    report->add_option("--markdown", line.report.markdown, "write Markdown; without either it is printed")
        ->type_name("FILE");
    report->add_option("--limit", line.report.limit, "cut the Markdown at this size; 0B: never")
        ->type_name("SIZE")
        ->capture_default_str();
    report->callback([&line] { line.chosen = [&line](World& world) { return write_report(world, line.report); }; });
}

/// Known here for --help and for who mistypes them; main() has handed over to those that come first.
void add_steps(CLI::App& app, CommandLine& line) {
    for (const std::string step : k_steps) {
        CLI::App* command = app.add_subcommand(step, "the same as lastgood-" + step);
        command->allow_extras();
        command->callback([&line, step] {
            line.chosen = [step](World&) -> int {
                throw Failure(ExitCode::usage, "options come behind the step", "nothing",
                              "lastgood " + step + " --help");
            };
        });
    }
}

void add_commands(CLI::App& app, CommandLine& line) {
    app.require_subcommand(1);
    add_run(app, line);
    app.add_subcommand("status", "where the environment's run stands")->callback([&line] {
        line.chosen = show_status;
    });
    add_pages(app, line);
    add_backups(app, line);
    CLI::App* check_command = app.add_subcommand("check", "everything that would go wrong, before anything is changed");
    check_command->add_flag("--code", line.only_code,
                            "only the revision: models without migrations, credentials in it; asks the database of "
                            "LASTGOOD_DEVELOPMENT_URL, and refuses production's credentials");
    check_command->callback([&line] { line.chosen = line.only_code ? check_code : check_pipeline; });
    CLI::App* adopt_command = app.add_subcommand("adopt", "make the first good release from what is live now");
    adopt_command->add_option("REVISION", line.adopt.revision, "the revision that is deployed")->required();
    add_option_confirm(*adopt_command, line.adopt.confirm);
    adopt_command->callback([&line] { line.chosen = [&line](World& world) { return adopt(world, line.adopt); }; });
    add_steps(app, line);
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    if (argc > 1 && lastgood::is_step(argv[1])) return lastgood::become(argv[1], argv + 1);
    lastgood::CommandLine line;
    return lastgood::run_program(
        argc, argv, {"lastgood", "lastgood", k_manual}, [&](CLI::App& app) { lastgood::add_commands(app, line); },
        [&](lastgood::World& world) { return line.chosen(world); });
}
