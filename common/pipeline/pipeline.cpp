#include "pipeline/pipeline.hpp"

#include "outside/files.hpp"
#include "pipeline/complaint.hpp"
#include "pipeline/document.hpp"
#include "pipeline/from_text.hpp"
#include "pipeline/sections.hpp"

#include <algorithm>
#include <filesystem>

namespace lastgood {
namespace {

/// On Heroku everything that writes stands still instead: the app's role is our own there.
void require_real_fence(const SectionReader& root, const Pipeline& pipeline) {
    if (pipeline.writes != Writes::closed || pipeline.heroku) return;
    if (pipeline.database.app_roles.empty()) {
        root.refuse("writes", "writes: closed wants database.app_roles, the roles that are kept out",
                    "add app_roles: [ROLE] to database, or write writes: open");
    }
    if (!pipeline.database.admin_url) {
        root.refuse("writes", "writes: closed wants database.admin_url, a role that stays in",
                    "add admin_url: ${DATABASE_ADMIN_URL} to database, or write writes: open");
    }
}

/// A step before or after which `step` was listed in the wrong order, or twice.
void require_order(const std::vector<std::string>& before, const SectionReader& step) {
    if (std::find(before.begin(), before.end(), step.name()) != before.end()) {
        throw complaint(step.place(), "step " + step.name() + " is given twice", "remove one of the two");
    }
    const auto rank = [](const std::string& name) {
        const auto& steps = step_sections();
        return std::find_if(steps.begin(), steps.end(), [&](SectionOf section) { return section().name == name; });
    };
    if (before.empty() || rank(before.back()) < rank(step.name())) return;
    throw complaint(step.place(), "step " + step.name() + " stands after " + before.back(),
                    "write the steps in the order backup-capture, migrate, verify, rollback");
}

void read_steps(const SectionReader& root, Pipeline& pipeline) {
    for (const SectionReader& step : root.entries("steps")) {
        require_order(pipeline.steps, step);
        pipeline.steps.push_back(step.name());
        if (step.name() == "backup-capture") pipeline.capture = read_capture(step);
        if (step.name() == "migrate") pipeline.migrate = read_migrate(step);
        if (step.name() == "verify") pipeline.verify = read_verify(step);
        if (step.name() == "rollback") pipeline.rollback = read_rollback(step);
    }
}

void require_possible_on_platform(const SectionReader& root, Pipeline& pipeline) {
    require_real_fence(root, pipeline);
    if (pipeline.heroku && pipeline.writes == Writes::read_only)
        root.refuse("writes", "writes: read_only does not keep anybody out while Heroku restores over the database",
                    "write writes: closed, which lets nothing run from capture to verdict");
    // Heroku lets a role into no other database than the app's own.
    const bool own =
        pipeline.heroku && (!root.has("database") || !root.section("database").has("maintenance_database"));
    if (own) pipeline.database.maintenance_database.clear();
    if (!pipeline.heroku && !pipeline.beanstalk && pipeline.database.url.value.empty())
        root.refuse("database", "database wants url: no platform says where the database is",
                    "add url: ${DATABASE_URL} to database");
    const auto engine_wants = [&](const char* engine, bool there, const char* what) {
        if (pipeline.capture.engine == engine && !there)
            root.refuse("steps", std::string("engine: ") + engine + " wants " + what,
                        std::string("add it, or take engine: snapshot"));
    };
    engine_wants("heroku", pipeline.heroku.has_value(), "platform: heroku");
    engine_wants("rds", pipeline.beanstalk.has_value(), "platform: elastic_beanstalk");
    const RunsOn runs_on = pipeline.migrate.runs_on;
    if (runs_on == RunsOn::one_off && !pipeline.heroku)
        root.refuse("steps", "migrate: { run: one_off } wants platform: heroku", "write run: here, or run: on_deploy");
    if (runs_on == RunsOn::deploy && !pipeline.deploys())
        root.refuse("steps", "migrate: { run: on_deploy } wants a deploy", "add deploy: { run: [...] }, or run: here");
    // A one-off process has the code that is deployed.
    if (runs_on == RunsOn::one_off) {
        Deploy deploy = pipeline.deploy_settings();
        if (root.has("deploy") && root.section("deploy").has("when") && deploy.when == Deploy::When::after_migrate)
            root.refuse("deploy", "migrate: { run: one_off } runs the code that is deployed: it wants it before",
                        "write when: before_migrate");
        deploy.when = Deploy::When::before_migrate;
        pipeline.deploy = deploy;
    }
}

Pipeline read_root(const SectionReader& root) {
    Pipeline pipeline;
    pipeline.place = root.place();
    root.number("format");
    pipeline.name = root.text("name");
    pipeline.environment = root.text("environment");
    pipeline.store = root.text("store");
    if (root.has("encrypt")) pipeline.encrypt = read_encrypt(root.section("encrypt"));
    pipeline.git = read_git(root.section("git"));
    pipeline.database = read_database(root.section("database"));
    pipeline.writes = root.choice<Writes>(
        "writes", {{"open", Writes::open}, {"read_only", Writes::read_only}, {"closed", Writes::closed}});
    pipeline.fence_deadline = root.duration("fence_deadline");
    pipeline.expires = root.duration("expires");
    if (root.has("window")) pipeline.window = read_release_window(root.section("window"));
    read_platform(root, pipeline);
    read_steps(root, pipeline);
    require_possible_on_platform(root, pipeline);
    if (pipeline.encrypt && pipeline.capture.engine == "pgbackrest")
        root.refuse("encrypt",
                    "engine pgbackrest keeps its data in pgBackRest's own repository, which encrypt: cannot reach",
                    "remove encrypt, and set repo1-cipher-type in pgBackRest's configuration");
    return pipeline;
}

std::string read_yaml(const std::string& path) {
    const std::string next = "name the pipeline file with --pipeline FILE, and let this user read it";
    std::error_code trouble;
    if (!std::filesystem::exists(path, trouble)) {
        throw Failure(ExitCode::usage, "pipeline file " + in_quotes(path) + " does not exist", "nothing", next);
    }
    if (std::filesystem::is_directory(path, trouble)) {
        throw Failure(ExitCode::usage, "pipeline file " + in_quotes(path) + " is a directory", "nothing", next);
    }
    try {
        return read_file(path);
    } catch (const FileError& error) {
        throw Failure(ExitCode::usage, std::string("the pipeline cannot be read: ") + error.what(), "nothing", next);
    }
}

}  // namespace

std::string Place::text() const {
    if (line == 0) return file;
    return file + ":" + std::to_string(line) + ":" + std::to_string(column);
}

bool Pipeline::has_step(const std::string& step) const {
    return std::find(steps.begin(), steps.end(), step) != steps.end();
}

std::string Pipeline::scope() const {
    return name + "/" + environment;
}

Pipeline read_pipeline_text(const std::string& yaml, const std::string& file, const Environment& environment,
                            Redaction& redaction) {
    const YAML::Node document = read_document(yaml, file);
    const Expansion expansion(environment, redaction, std::filesystem::path(file).parent_path());
    const Reading reading{file, expansion};
    return read_root(SectionReader(document, place_of(document, file), pipeline_section(), reading));
}

Pipeline read_pipeline(const std::string& path, const Environment& environment, Redaction& redaction) {
    return read_pipeline_text(read_yaml(path), path, environment, redaction);
}

}  // namespace lastgood
