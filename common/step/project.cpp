#include "step/project.hpp"

#include "core/failure.hpp"

#include <algorithm>
#include <variant>

namespace lastgood {

Project::Project(const Pipeline& pipeline, const Repository& repository, Revision revision, const Databases& databases,
                 Platform* platform, Processes& processes, Console& console, const Environment& environment,
                 Interruption& interruption)
    : m_pipeline(pipeline),
      m_repository(repository),
      m_revision(std::move(revision)),
      m_databases(databases),
      m_platform(platform),
      m_processes(processes),
      m_console(console),
      m_environment(environment),
      m_interruption(interruption) {}

const std::filesystem::path& Project::work_tree() {
    if (m_directory) return m_work_tree;
    auto directory = std::make_unique<TemporaryDirectory>("lastgood-tree-");
    m_work_tree = directory->path() / "tree";
    std::filesystem::create_directory(m_work_tree);
    m_repository.export_tree(m_revision, m_work_tree);
    m_directory = std::move(directory);
    carry();
    prepare();
    return m_work_tree;
}

bool Project::needs_work_tree() const {
    const MigrateSettings& migrate = m_pipeline.migrate;
    const auto& checks = m_pipeline.verify.checks;
    const bool checks_files = std::any_of(checks.begin(), checks.end(), [](const CheckSettings& check) {
        const auto* schema = std::get_if<SchemaIsCheck>(&check.what);
        return std::holds_alternative<CommandCheck>(check.what) || (schema != nullptr && !schema->file.empty());
    });
    return migrate.framework != "sql" || !migrate.prepare.empty() || !migrate.carry.empty() || migrate.hotfix ||
           m_pipeline.deploys() || !m_pipeline.rollback.before_open.empty() || checks_files;
}

/// Null where the work tree has to show what is there.
std::shared_ptr<const std::map<std::string, std::string>> Project::sql_files() {
    if (m_directory || needs_work_tree()) return nullptr;
    if (!m_sql_files) {
        auto files = m_repository.directory_files(m_revision, m_pipeline.migrate.directory, ".sql");
        if (files) m_sql_files = std::make_shared<const std::map<std::string, std::string>>(std::move(*files));
    }
    return m_sql_files;
}

void Project::carry() {
    for (const auto& path : m_pipeline.migrate.carry) {
        const auto source = m_repository.work_tree() / path;
        const auto target = m_work_tree / path;
        if (!std::filesystem::exists(source))
            throw Failure(ExitCode::refused, "migrate.carry names \"" + path + "\", which the checkout does not have",
                          "nothing", "create it in the checkout, or take it out of migrate.carry");
        if (std::filesystem::exists(target))
            throw Failure(ExitCode::refused, "migrate.carry names \"" + path + "\", which the revision has itself",
                          "nothing", "take it out of migrate.carry: the revision's own is used");
        std::filesystem::create_directories(target.parent_path());
        std::filesystem::create_symlink(std::filesystem::absolute(source), target);
        m_console.info("carried over from the checkout: " + path);
    }
}

void Project::prepare() {
    if (m_pipeline.migrate.prepare.empty()) return;
    run(m_pipeline.migrate.prepare, m_pipeline.migrate.timeout, "prepare", ExitCode::failed_clean,
        m_databases.leftover_mark());
}

std::map<std::string, std::string> Project::command_environment() const {
    return {{"LASTGOOD_REVISION", m_revision.commit},
            {"LASTGOOD_RUN_ID", m_databases.run_id()},
            {"LASTGOOD_ENVIRONMENT", m_pipeline.environment}};
}

void Project::run(const Argv& argv, Milliseconds timeout, const std::string& what, ExitCode code,
                  const std::string& mark) {
    Command command;
    command.argv = argv;
    command.directory = work_tree();
    command.environment = command_environment();
    command.keep = KeptOutput::end();
    command.judged = true;
    command.leftover_mark = mark;
    if (timeout.count() > 0) command.timeout = timeout;
    command.on_line = [this](OutputStream, std::string_view line) { m_console.relay(line); };
    m_console.info(what + ": " + say_command(argv));
    const ProcessResult result = m_processes.run(command);
    if (result.ok()) return;
    Failure failure(code, what + " failed: " + say_command(argv) + ": " + result.say_end(),
                    code == ExitCode::failed_clean ? "nothing" : "unknown: what the command did before it failed",
                    "mend the command, then run the same lastgood command again");
    throw failure.with_detail(result.tail());
}

bool Project::deploys_by_platform() const {
    return m_platform != nullptr && m_pipeline.deploy_settings().run.empty();
}

std::string Project::deploy() {
    if (deploys_by_platform()) return m_platform->deploy(m_repository, m_revision);
    // A deploy may start daemons that are meant to stay: no leftover mark.
    run(m_pipeline.deploy->run, m_pipeline.deploy->timeout, "deploy", ExitCode::failed_changed, "");
    return "";
}

std::string Project::return_to(const std::string& served) {
    return deploys_by_platform() ? m_platform->return_to(served, m_repository, m_revision) : deploy();
}

std::string Project::migrates_on_deploy() {
    return deploys_by_platform() ? m_platform->migrates_on_deploy(work_tree()) : "";
}

void Project::before_open() {
    if (m_pipeline.rollback.before_open.empty()) return;
    run(m_pipeline.rollback.before_open, Milliseconds(std::chrono::minutes(5)), "before_open", ExitCode::failed_changed,
        "");
}

/// A migrator that runs on the platform is asked its questions here.
Elsewhere Project::elsewhere() const {
    if (m_pipeline.migrate.runs_on != RunsOn::one_off || m_platform == nullptr) return {};
    Platform& platform = *m_platform;
    return {[&platform](Command& command) { platform.send_there(command); },
            [&platform](const ProcessResult& result) { return platform.is_lost(result); }};
}

FrameworkContext Project::framework_context(int server_version) {
    const auto files = sql_files();
    return {.directory = files ? std::filesystem::path() : work_tree() / m_pipeline.migrate.directory,
            .place = "\"" + m_pipeline.migrate.directory + "\" of revision " + m_revision.commit.substr(0, 12),
            .settings = m_pipeline.migrate,
            .url = m_databases.live_url(),
            .secret = m_pipeline.database.url,
            .server_version = server_version,
            .existing_options = m_environment.get("PGOPTIONS").value_or(""),
            .application_name = m_databases.work_name("migrate"),
            .leftover_mark = m_databases.leftover_mark(),
            .files = files,
            .elsewhere = elsewhere(),
            .processes = m_processes,
            .console = m_console,
            .interruption = m_interruption};
}

std::unique_ptr<Framework> Project::framework(int server_version) {
    return make_framework(m_pipeline.migrate.framework, framework_context(server_version));
}

}  // namespace lastgood
