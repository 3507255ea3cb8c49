#pragma once

#include "core/failure.hpp"
#include "git/remote_branch.hpp"
#include "git/repository.hpp"
#include "outside/files.hpp"
#include "outside/process.hpp"

#include <filesystem>
#include <map>
#include <string>

#include <gtest/gtest.h>

namespace lastgood::test {

/// A directory of real repositories, made by the git program: `app` is a clone of the bare `remote.git` (branch main: a
/// commit tagged "good", then one tagged "bad"), `other` is somebody else's clone. No configuration of this machine's
/// user is seen.
class Sandbox {
  public:
    Sandbox();

    /// Runs a shell script in the directory and returns its standard output without the last newline. Throws if it
    /// fails.
    std::string run(const std::string& script) const;
    std::filesystem::path path(const std::string& name = "") const { return m_directory.path() / name; }
    /// The clone of that name, opened once.
    const Repository& repository(const std::string& name = "app");
    /// Branch main of its remote, in a scratch directory of its own.
    RemoteBranch branch(const std::string& name = "app", const std::string& token = "");

    std::string remote_head() const { return run("git -C remote.git rev-parse main"); }
    std::string remote_tree() const { return run("git -C remote.git rev-parse main^{tree}"); }
    /// The commit and tree that git itself says `spec` is.
    Revision revision(const std::string& spec, const std::string& name = "app") const;
    /// Makes the remote run `script` before it takes a push.
    void hook(const std::string& name, const std::string& script) const;
    /// Somebody else pushes a commit to main.
    void somebody_pushes() const;

  private:
    TemporaryDirectory m_directory;
    std::map<std::string, Repository> m_repositories;
    int m_branches = 0;
};

/// What `act` was refused with: a Failure of exit code 3 with a next step, or the test fails.
template <typename Act>
std::string refusal_of(Act act) {
    try {
        act();
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ExitCode::refused);
        EXPECT_EQ(failure.changed(), "nothing");
        return failure.what_happened() + " | " + failure.next();
    }
    ADD_FAILURE() << "nothing was refused";
    return "";
}

/// For EXPECT_PRED2: whether a message holds some words.
inline bool says(const std::string& message, const std::string& words) {
    return message.find(words) != std::string::npos;
}
inline bool says_both(const std::string& message, const std::string& some, const std::string& others) {
    return says(message, some) && says(message, others);
}

}  // namespace lastgood::test
