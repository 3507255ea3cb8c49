#include "step/branch_command.hpp"

#include "outside/process.hpp"
#include "pipeline/pipeline.hpp"

namespace lastgood {

std::string branch_command(const GitSettings& git, const std::string& branch, const Revision& good) {
    const auto word = [](const std::string& text) { return say_command({text}); };
    return "git fetch " + word(git.remote) + " " + word(branch) +
           " && git checkout --detach FETCH_HEAD && git read-tree -u --reset " + good.commit +
           " && git commit -m 'Return to " + good.commit.substr(0, 12) + " [skip ci]' && git push " + word(git.remote) +
           " " + word("HEAD:refs/heads/" + branch);
}

}  // namespace lastgood
