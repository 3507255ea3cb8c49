#include "core/failure.hpp"
#include "generated_manual.hpp"
#include "git/remote_branch.hpp"
#include "outside/files.hpp"
#include "step/program.hpp"
#include "step/workplace.hpp"
#include "steps/verify/verify.hpp"

namespace lastgood {

namespace {

/// A good release is good whether or not its ref could be moved: what goes wrong is said, not thrown.
std::string move_good_ref(Workplace& place, const std::string& ref, const std::string& commit) {
    const GitSettings& git = place.pipeline.git;
    const std::string branch = place.run.state().branch.empty() ? git.branch : place.run.state().branch;
    try {
        const TemporaryDirectory scratch("lastgood-git-");
        RemoteBranch remote(place.repository, git.remote, branch, git.token ? git.token->value : Secret(),
                            scratch.path(), place.world.processes);
        const PushOutcome outcome = remote.push_ref(ref, commit);
        return outcome.done ? "" : outcome.refusal;
    } catch (const Failure& failure) {
        return failure.what_happened();
    }
}

/// Where --junit says, seen from here, else where the pipeline says, seen from there.
std::filesystem::path junit_file(const World& world, const Pipeline& pipeline, const std::string& option) {
    if (!option.empty()) return std::filesystem::absolute(option);
    if (pipeline.verify.junit.empty()) return {};
    return std::filesystem::absolute(world.options.pipeline).parent_path() / pipeline.verify.junit;
}

int body(World& world, const std::string& junit) {
    Workplace place(world, Join::open);
    if (const auto answer = answer_of_closed_run(place.run.state(), world.console, false)) return *answer;
    refuse_while_returning(place.run.state());
    place.enter(std::chrono::seconds(5));
    Project project = place.project(place.revision());
    const GoodRef good_ref = [&](const std::string& ref, const std::string& commit) {
        return move_good_ref(place, ref, commit);
    };
    Verify step({place.pipeline, place.databases, place.run, world.restore_points(),
                 GoodReleases(world.store(), place.databases.scope()), project, place.fences, good_ref,
                 [&] { return world.platform() != nullptr ? world.platform()->serving() : std::string(); },
                 world.redaction, world.processes, world.environment, world.console, world.interruption,
                 junit_file(world, place.pipeline, junit)});
    return live(step, place.life());
}

}  // namespace

}  // namespace lastgood

int main(int argc, char** argv) {
    return lastgood::run_program(argc, argv, {"lastgood-verify", "verify", k_manual},
                                 [](lastgood::World& world, const lastgood::Arguments& given) {
                                     return lastgood::body(world, given.value("--junit"));
                                 });
}
