#include "sandbox.hpp"

#include "outside/environment.hpp"
#include "outside/interruption.hpp"
#include "outside/redaction.hpp"

#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace lastgood::test {

namespace {

/// libgit2 and the git program read the user's configuration through these; it is set before either starts.
const bool k_isolated = [] {
    ::setenv("HOME", "/nonexistent", 1);
    ::setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1);
    ::setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    ::unsetenv("XDG_CONFIG_HOME");
    for (const char* who : {"GIT_AUTHOR_", "GIT_COMMITTER_"}) {
        ::setenv((std::string(who) + "NAME").c_str(), "Somebody", 1);
        ::setenv((std::string(who) + "EMAIL").c_str(), "somebody@example.org", 1);
    }
    return true;
}();

struct Doors {
    Interruption interruption;
    Redaction redaction;
    Environment environment = Environment::of_process();
    Processes processes{interruption, redaction, environment};
};

Processes& processes() {
    static Doors doors;
    return doors.processes;
}

constexpr const char* k_make_repositories = R"(
git init -q --bare -b main remote.git
git clone -q "$PWD/remote.git" app 2>/dev/null
cd app
git checkout -q -b main
mkdir src
echo one > src/app.txt
echo '*.log' > .gitignore
git add .
git commit -q -m 'The good release'
git tag good
echo two > src/app.txt
git commit -q -a -m 'The bad release'
git tag bad
git push -q origin main
cd ..
git clone -q "$PWD/remote.git" other
)";

}  // namespace

Sandbox::Sandbox() : m_directory("lastgood-git") {
    run(k_make_repositories);
}

std::string Sandbox::run(const std::string& script) const {
    const auto file = path(".script");
    replace_file(file, "cd " + path().string() + "\n" + script + "\n");
    FILE* pipe = ::popen(("sh -e " + file.string()).c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot start a shell");
    std::string out;
    for (int letter = 0; (letter = std::fgetc(pipe)) != EOF;) out += static_cast<char>(letter);
    if (::pclose(pipe) != 0) throw std::runtime_error("this script failed: " + script);
    if (out.ends_with('\n')) out.pop_back();
    return out;
}

const Repository& Sandbox::repository(const std::string& name) {
    const auto known = m_repositories.find(name);
    if (known != m_repositories.end()) return known->second;
    return m_repositories.emplace(name, Repository::open(path(name))).first->second;
}

RemoteBranch Sandbox::branch(const std::string& name, const std::string& token) {
    const auto scratch = path("scratch-" + std::to_string(++m_branches));
    return {repository(name), "origin", "main", Secret(token), scratch, processes()};
}

Revision Sandbox::revision(const std::string& spec, const std::string& name) const {
    const std::string git = "git -C " + name + " rev-parse ";
    return {run(git + "'" + spec + "^{commit}'"), run(git + "'" + spec + "^{tree}'")};
}

void Sandbox::hook(const std::string& name, const std::string& script) const {
    const std::string file = "remote.git/hooks/" + name;
    run("mkdir -p remote.git/hooks; cat > " + file + " <<'END'\n#!/bin/sh\n" + script + "\nEND\nchmod +x " + file);
}

void Sandbox::somebody_pushes() const {
    run("cd other; git pull -q; echo more >> src/app.txt; git commit -q -a -m 'Somebody was faster'; git push -q "
        "origin main");
}

}  // namespace lastgood::test
