#include "steps/rollback/branch_return.hpp"

#include "core/failure.hpp"
#include "git/remote_branch.hpp"
#include "git/repository.hpp"
#include "outside/files.hpp"
#include "pipeline/pipeline.hpp"
#include "step/branch_command.hpp"

namespace lastgood {

namespace {

std::string short_id(const Revision& revision) {
    return revision.commit.substr(0, 12);
}

std::string by_hand(const GitSettings& git, const BranchOrder& order) {
    return branch_command(git, order.branch, order.good);
}

std::string message(const BranchOrder& order) {
    // [skip ci]: the return must not start a release of its own; the loop guard compares trees in any case.
    return "Return to " + short_id(order.good) + " [skip ci]\n\nThe release " + short_id(order.bad) +
           " was rolled back by lastgood: " + order.why + "\nThe tree of this commit is that of " + order.good.commit +
           ".\n\nLastgood-Run: " + order.run + "\n";
}

BranchOutcome push(RemoteBranch& remote, const GitSettings& git, const BranchOrder& order) {
    const Revision head = remote.head();
    const std::string where = order.branch + " of " + git.remote;
    if (head.tree == order.good.tree)
        return {true, where + " is at " + short_id(head) + ", whose tree is the good one", ""};
    if (order.bad.commit.empty() || head.commit != order.bad.commit)
        return {false, where + " has moved on to " + short_id(head), by_hand(git, order)};
    const PushOutcome outcome = git.on_rollback == OnRollback::reset ? remote.push_reset(order.good)
                                                                     : remote.push_revert(order.good, message(order));
    if (!outcome.done) return {false, where + " did not take the push: " + outcome.refusal, by_hand(git, order)};
    return {true, where + " is at " + short_id(remote.head()) + ", whose tree is the good one", ""};
}

}  // namespace

BranchOutcome return_branch(const Repository& repository, const GitSettings& git, const BranchOrder& order,
                            Processes& processes) {
    if (order.good.commit.empty())
        return {false, "no good release is known that the code could return to",
                "git log " + git.remote + "/" + order.branch};
    if (git.on_rollback == OnRollback::none)
        return {true, "git.on_rollback: none; the commit to deploy is " + order.good.commit, ""};
    if (order.branch.empty()) return {false, "the run names no branch", by_hand(git, order)};
    try {
        const TemporaryDirectory scratch("lastgood-git-");
        RemoteBranch remote(repository, git.remote, order.branch, git.token ? git.token->value : Secret(),
                            scratch.path(), processes);
        return push(remote, git, order);
    } catch (const Failure& failure) {
        return {false, failure.what_happened(), by_hand(git, order)};
    }
}

}  // namespace lastgood
