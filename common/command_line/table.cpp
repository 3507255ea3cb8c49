#include "command_line/table.hpp"

#include <algorithm>
#include <stdexcept>

namespace lastgood {

namespace {

OptionRow again() {
    return {"--again", "run this commit although its tree was rolled back before", "COMMIT"};
}

OptionRow confirm() {
    return {"--confirm", "the environment's name: for what throws data away", "ENVIRONMENT"};
}

PositionalRow restore_point() {
    return {"ID", "the restore point", true};
}

CommandRow backups() {
    return {"backups",
            "the restore points of the environment",
            {},
            {},
            {{"list", "all, oldest first"},
             {"show", "one of them", {}, {restore_point()}},
             {"verify",
              "read one, or all, and compare digests with the manifest",
              {},
              {{"ID", "the restore point; default: all"}}},
             {"prove", "restore one and compare every row with its manifest", {}, {restore_point()}},
             {"download",
              "get one out of the store, as files, decrypted",
              {{"--to", "an empty directory, or one that is not there yet", "DIR", {}, Completes::directory, true}},
              {restore_point()}},
             {"prune",
              "remove what keep and keep_failed let go",
              {{"--acknowledge", "a failed database whose discarded rows you have seen", "DATABASE"}, confirm()}}}};
}

std::vector<CommandRow> steps() {
    return {{"lastgood-backup-capture", "takes a restore point of the live database and proves it", {again()}},
            {"lastgood-migrate",
             "migrates the live database under guard, from a clean work tree of the pinned commit",
             {{"--try", "run the hotfix in a transaction that is rolled back, and show what it touches"}}},
            {"lastgood-verify",
             "runs the checks of the pipeline; on a pass writes the good release",
             {{"--junit", "write the results to this file as JUnit XML too", "FILE", {}, Completes::file}}},
            {"lastgood-rollback",
             "returns code and data together to the last good pair",
             {{"--if-failed", "act only after exit 5, 6, 7 or an interrupted action"},
              {"--undo", "swap back: the failed database goes live again"},
              {"--accept-loss", "return although rows of others are not carried over"},
              {"--strategy", "how to return, instead of what the pipeline says", "HOW", {"restore", "down", "auto"}},
              {"--without-store", "work from the standby's own mark"},
              {"--to", "return to the restore point of this run", "RUN"},
              confirm()}}};
}

CommandRow driver() {
    CommandRow row{"lastgood", "takes a PostgreSQL production migration and makes it returnable"};
    row.commands = {
        {"init",
         "write a first pipeline from what the repository shows",
         {{"--output",
           "a new file; default: lastgood.yaml at the top of the repository",
           "FILE",
           {},
           Completes::file}}},
        {"schema", "print the JSON Schema of pipelines, for editors"},
        {"run",
         "capture, migrate, verify, and on a bad verdict rollback",
         {{"--take-over", "abandon this dead or expired open run first", "RUN"}, again()}},
        {"status", "where the environment's run stands"},
        {"history",
         "the runs of the environment",
         {{"--html", "write releases over time as one page", "FILE", {}, Completes::file}}},
        {"report",
         "all of one run: as a page, or as Markdown for a job's summary",
         {{"--html", "write one page that needs nothing else", "FILE", {}, Completes::file},
          {"--markdown", "write Markdown; without either it is printed", "FILE", {}, Completes::file},
          {"--limit", "cut the Markdown at this size; default: 1MB; 0B: never", "SIZE"}},
         {{"RUN", "the run; default: the open one, else the newest"}}},
        backups(),
        {"check",
         "everything that would go wrong, before anything is changed",
         {{"--code",
           "only the revision: models without migrations, credentials in it; asks the database of "
           "LASTGOOD_DEVELOPMENT_URL, and refuses production's credentials"}}},
        {"adopt",
         "make the first good release from what is live now",
         {confirm()},
         {{"REVISION", "the revision that is deployed", true}}},
        {"manual", "the manual page of a program, for man", {}, {{"PROGRAM", "default: lastgood"}}},
        {"completion", "the completion of a shell: bash, zsh or fish", {}, {{"SHELL", "bash, zsh or fish", true}}}};
    // Known here for --help and for who mistypes them; the driver's main() has handed over to those that come first.
    for (const auto& step : step_names()) {
        CommandRow command{step, "the same as lastgood-" + step};
        command.hands_over = true;
        row.commands.push_back(command);
    }
    return row;
}

}  // namespace

const std::vector<OptionRow>& common_options() {
    static const std::vector<OptionRow> rows{
        {"--pipeline", "the pipeline file; default: LASTGOOD_PIPELINE, or lastgood.yaml", "FILE", {}, Completes::file},
        {"--environment", "another environment than the pipeline names; default: LASTGOOD_ENVIRONMENT", "NAME"},
        {"--run-id", "the run; default: the CI's own, the open run, or a new one", "ID"},
        {"--dry-run", "print the plan and stop"},
        {"--json", "one JSON record per line on standard output"},
        {"--log-level",
         "how much is said; default: info, or debug where the CI host debugs",
         "LEVEL",
         {"trace", "debug", "info", "warning", "error", "off"}}};
    return rows;
}

const std::vector<VariableRow>& environment_variables() {
    static const std::vector<VariableRow> rows{
        {"LASTGOOD_PIPELINE", "the pipeline file, where --pipeline does not name one"},
        {"LASTGOOD_ENVIRONMENT", "the environment, where --environment does not name one"},
        {"LASTGOOD_RUN_ID", "the run, where --run-id does not name one; else GITHUB_RUN_ID or CI_PIPELINE_ID"},
        {"LASTGOOD_DEVELOPMENT_URL", "the database that check --code asks"},
        {"LASTGOOD_SIGNING_KEY", "signs manifests where the pipeline has encrypt; or LASTGOOD_SIGNING_KEY_FILE"},
        {"LASTGOOD_AGE_IDENTITY", "decrypts restore points; or LASTGOOD_AGE_IDENTITY_FILE"},
        {"LASTGOOD_PG_BINDIR", "where pg_dump, pg_restore and psql are, where not where Debian keeps them"},
        {"LASTGOOD_RUNBOOK", "a file to which a copy of the run's runbook is written"},
        {"LASTGOOD_SUMMARY", "a file to which what became of the run is appended, as Markdown"},
        {"LASTGOOD_DOTENV", "under GitLab CI: the file of the dotenv report"},
        {"NO_COLOR", "set and not empty: no colour"}};
    return rows;
}

const std::vector<std::string>& step_names() {
    static const std::vector<std::string> names{"backup-capture", "migrate", "verify", "rollback"};
    return names;
}

const std::vector<CommandRow>& programs() {
    static const std::vector<CommandRow> rows = [] {
        std::vector<CommandRow> all{driver()};
        for (auto& step : steps()) all.push_back(std::move(step));
        return all;
    }();
    return rows;
}

const CommandRow& program(const std::string& executable) {
    const auto& all = programs();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const CommandRow& row) { return row.name == executable; });
    if (found == all.end()) throw std::logic_error("no program is called " + executable);
    return *found;
}

}  // namespace lastgood
