#include "backup/pgbackrest.hpp"

#include "core/failure.hpp"
#include "outside/console.hpp"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace lastgood {

namespace {

using nlohmann::json;

constexpr const char* k_annotation = "lastgood";

Failure unreadable(const std::string& stanza, const std::string& why) {
    return {
        ExitCode::refused, "pgBackRest tells nothing of stanza \"" + stanza + "\": " + why, "nothing",
        "pgbackrest --stanza=" + stanza + " stanza-create   and archive_command on the server; then lastgood check"};
}

PgBackRestBackup backup_of(const json& backup) {
    PgBackRestBackup found;
    found.label = backup.at("label").get<std::string>();
    if (backup.contains("annotation")) found.restore_point = backup["annotation"].value(k_annotation, "");
    found.damaged = backup.value("error", false);
    return found;
}

/// pgBackRest's info, JSON: a list with one object for the stanza that was asked for.
PgBackRestStanza stanza_of(const std::string& name, const std::string& text) {
    const json all = json::parse(text);
    if (!all.is_array() || all.empty()) throw unreadable(name, "there is none of that name");
    const json& stanza = all.front();
    if (stanza.at("db").empty()) throw unreadable(name, stanza.at("status").value("message", "it is empty"));
    PgBackRestStanza found;
    found.system_identifier = stanza["db"].back().at("system-id").dump();
    for (const json& backup : stanza.at("backup")) found.backups.push_back(backup_of(backup));
    return found;
}

}  // namespace

PgBackRest::PgBackRest(const PgBackRestSettings& settings, const EngineContext& context)
    : m_settings(settings), m_context(context) {}

std::vector<std::string> PgBackRest::command(const Argv& before, const std::vector<std::string>& arguments) const {
    std::vector<std::string> argv = before;
    argv.emplace_back("pgbackrest");
    argv.push_back("--stanza=" + m_settings.stanza);
    if (!m_settings.config.empty()) argv.push_back("--config=" + m_settings.config);
    argv.emplace_back("--log-level-console=off");
    argv.emplace_back("--log-level-stderr=error");
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return argv;
}

ProcessResult PgBackRest::run(const std::vector<std::string>& argv) const {
    m_context.console.debug(say_command(argv));
    Command command;
    command.argv = argv;
    command.leftover_mark = m_context.leftover_mark;
    command.judged = true;
    command.directory = "/";  // another user may not enter ours
    return m_context.processes.run(command);
}

void PgBackRest::must(const std::vector<std::string>& argv, const std::string& what) const {
    const ProcessResult result = run(argv);
    if (result.ok()) return;
    throw Failure(ExitCode::failed_clean, what + " failed: pgbackrest ended with " + result.say_end(), "nothing",
                  "mend what pgBackRest says; pgbackrest --stanza=" + m_settings.stanza + " check")
        .with_detail(result.tail() + "\n" + say_command(argv));
}

PgBackRestStanza PgBackRest::stanza() const {
    const ProcessResult result = run(command(m_settings.as, {"--output=json", "info"}));
    constexpr int k_not_found = 127;  // of a shell, sudo, setpriv and their like
    if (result.exit_code == k_not_found)
        throw Failure(ExitCode::refused, "pgbackrest cannot be started: " + result.tail(2), "nothing",
                      "install pgbackrest here, or correct pgbackrest.as in the pipeline");
    if (!result.ok()) throw unreadable(m_settings.stanza, result.tail(2));
    try {
        return stanza_of(m_settings.stanza, result.out);
    } catch (const json::exception& error) {
        throw unreadable(m_settings.stanza, "its answer cannot be read: " + std::string(error.what()));
    }
}

std::string PgBackRest::back_up(const std::string& restore_point) const {
    must(command(m_settings.as, {"--type=" + m_settings.type, "--start-fast",
                                 "--annotation=" + std::string(k_annotation) + "=" + restore_point, "backup"}),
         "the backup");
    const auto backups = stanza().backups;
    const auto newest = std::find_if(backups.rbegin(), backups.rend(), [&](const PgBackRestBackup& backup) {
        return backup.restore_point == restore_point;
    });
    if (newest == backups.rend() || newest->damaged)
        throw Failure(ExitCode::failed_clean,
                      newest == backups.rend() ? "pgBackRest ended well, but there is no backup of it"
                                               : "pgBackRest found damaged pages in the cluster as it read it",
                      "nothing", "pgbackrest --stanza=" + m_settings.stanza + " info");
    return newest->label;
}

bool PgBackRest::has_segment(const std::string& segment, const std::string& data_directory,
                             const std::string& scratch) const {
    return run(command(m_settings.on_host,
                       {"--pg1-path=" + data_directory, "--no-archive-async", "archive-get", segment, scratch}))
        .ok();
}

void PgBackRest::restore_aside(const ClusterPoint& point, const std::string& directory,
                               const std::string& tablespaces) const {
    must(command(m_settings.as, {"--reset-pg1-host", "--pg1-path=" + directory, "--no-delta", "--no-link-all",
                                 "--tablespace-map-all=" + tablespaces, "--archive-mode=off", "--set=" + point.label,
                                 "--type=name", "--target=" + point.target, "--target-action=promote",
                                 "--target-timeline=" + point.timeline, "restore"}),
         "restoring " + point.label + " into " + directory);
}

std::vector<std::string> PgBackRest::restore_over_command(const ClusterPoint& point) const {
    return command(m_settings.on_host, {"--pg1-path=" + point.data_directory, "--delta", "--link-all",
                                        "--set=" + point.label, "--type=name", "--target=" + point.target,
                                        "--target-action=promote", "--target-timeline=" + point.timeline, "restore"});
}

void PgBackRest::restore_over(const ClusterPoint& point) const {
    must(restore_over_command(point), "restoring " + point.label + " over " + point.data_directory);
}

std::optional<PgBackRestBackup> find_backup(const PgBackRestStanza& stanza, const std::string& label) {
    for (const auto& backup : stanza.backups)
        if (backup.label == label && !backup.damaged) return backup;
    return std::nullopt;
}

}  // namespace lastgood
