#include "step/runbook_releases.hpp"

#include "outside/process.hpp"
#include "outside/redaction.hpp"
#include "platform/typed_commands.hpp"
#include "record/good_releases.hpp"
#include "step/branch_command.hpp"
#include "step/world.hpp"

namespace lastgood {

namespace {

/// Cleaned before it is quoted: quoted, a secret may look like none.
std::string without_secrets(std::vector<std::string> words, const Redaction& redaction) {
    for (auto& word : words) word = redaction.clean(word);
    return say_command(words);
}

/// As Project does it: a clean tree of the revision, with what is carried over and prepared.
RunbookBlock plain_deploy(const Pipeline& pipeline, const RunState& run, const Revision& revision,
                          const Redaction& redaction) {
    std::string commands = "(\nset -e\ncheckout=$PWD\ntree=$(mktemp -d)\ngit worktree add --detach \"$tree\" " +
                           revision.commit + "\ncd \"$tree\"\n";
    for (const auto& path : pipeline.migrate.carry) {
        const std::string word = say_command({path});
        commands += "mkdir -p \"$(dirname " + word + ")\" && ln -s \"$checkout\"/" + word + " " + word + "\n";
    }
    const std::string environment = "LASTGOOD_REVISION=" + revision.commit +
                                    " LASTGOOD_RUN_ID=" + say_command({run.id}) +
                                    " LASTGOOD_ENVIRONMENT=" + say_command({pipeline.environment}) + " ";
    if (!pipeline.migrate.prepare.empty())
        commands += environment + without_secrets(pipeline.migrate.prepare, redaction) + "\n";
    commands += environment + without_secrets(pipeline.deploy->run, redaction) + "\n)";
    return {"In a full clone, where the checkout of the pipeline is.", commands};
}

}  // namespace

ReleasesOfRun releases_of_run(World& world, const Pipeline& pipeline, const RunState& run,
                              const std::optional<Manifest>& manifest) {
    const GoodReleases releases(world.store(), pipeline.scope());
    ReleasesOfRun found;
    for (const char* action : {"migrate/migrate", "migrate/deploy"})
        if (const auto ended = run.ended.find(action); ended != run.ended.end())
            found.served = ended->second.value("served", found.served);
    const auto good = !manifest ? releases.newest() : manifest->fits ? releases.get(*manifest->fits) : std::nullopt;
    if (good) found.good_served = good->served;
    if (manifest)
        found.good = manifest->fits_revision;
    else if (good)
        found.good = good->revision;
    return found;
}

RunbookRelease runbook_release(const Pipeline& pipeline, const RunState& run, const Revision& revision,
                               const std::string& served, const TypedCommands* commands, const Redaction& redaction) {
    RunbookRelease release;
    // A hotfix leaves the code as it is.
    if (revision.commit.empty() || run.hotfix) return release;
    release.commit = revision.commit;
    const std::string branch = run.branch.empty() ? pipeline.git.branch : run.branch;
    if (pipeline.git.on_rollback != OnRollback::none && !branch.empty())
        release.git = branch_command(pipeline.git, branch, revision);
    if (commands != nullptr && pipeline.deploy_settings().run.empty())
        release.deploy.push_back(
            {served.empty() ? "" : "It was served as " + served + ".", commands->return_to(served, revision)});
    else if (pipeline.deploy && !pipeline.deploy->run.empty())
        release.deploy.push_back(plain_deploy(pipeline, run, revision, redaction));
    return release;
}

}  // namespace lastgood
