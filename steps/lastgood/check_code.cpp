// check --code: what a revision lacks, asked by a CI that has no credentials of production, and may have none.
#include "core/failure.hpp"
#include "database/server.hpp"
#include "outside/environment.hpp"
#include "outside/files.hpp"
#include "record/environment_ledger.hpp"
#include "step/workplace.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/finding.hpp"

namespace lastgood {

namespace {

/// What would let us into production by way of its platform.
std::vector<Finding> credentials_of(const World& world, const Pipeline& pipeline) {
    std::vector<Finding> findings;
    std::vector<std::string> names;
    if (pipeline.heroku) names = {"HEROKU_API_KEY"};
    if (pipeline.beanstalk) names = {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"};
    for (const auto& name : names)
        if (const auto value = world.environment.get(name); value && !value->empty())
            findings.push_back({Weight::trouble, "credentials",
                                name + " is set: check --code wants none of production's",
                                "run it in a job that does not have it"});
    if (findings.empty()) findings.push_back({Weight::fine, "credentials", "none of the platform's", ""});
    return findings;
}

/// The database that is asked must not be the one that the environment is bound to.
void refuse_production(World& world, const Databases& databases) {
    Session session = databases.live("check");
    const auto bound = EnvironmentLedger(world.store(), world.pipeline().scope()).bound_database();
    if (!bound || !same_database(*bound, identify(session))) return;
    throw Failure(ExitCode::refused,
                  "LASTGOOD_DEVELOPMENT_URL names the database of " + world.pipeline().scope() + " itself", "nothing",
                  "name a database for development");
}

}  // namespace

int check_code(World& world) {
    const Pipeline& pipeline = world.development_pipeline();
    auto findings = credentials_of(world, pipeline);
    const Databases databases(pipeline, "check", world.interruption);
    refuse_production(world, databases);
    const Repository repository = Repository::open(std::filesystem::absolute(world.options.pipeline).parent_path());
    Project project(pipeline, repository, repository.resolve(pipeline.git.revision), databases, nullptr,
                    world.processes, world.console, world.environment, world.interruption);
    if (pipeline.has_step("migrate")) {
        Session session = databases.live("check");
        const auto models = undescribed_models(*project.framework(session.server_version()));
        findings.push_back(models ? *models
                                  : Finding{Weight::fine, "migrations", "every model is described by migrations", ""});
    }
    const auto secrets = secrets_in(project.work_tree());
    findings.insert(findings.end(), secrets.begin(), secrets.end());
    return report(world, findings);
}

}  // namespace lastgood
