#include "steps/lastgood/installers.hpp"

#include "steps/lastgood/checkout.hpp"
#include "steps/lastgood/migrators.hpp"

#include <utility>

namespace lastgood {

namespace {

using Argv = std::vector<std::string>;

/// The file of that name beside the migrator, else at the top; "" if there is neither.
std::string nearest_file(const Checkout& checkout, const Migrator& migrator, const std::string& name) {
    const std::string beside = path_in(migrator.directory, name);
    if (checkout.has(beside)) return beside;
    return checkout.has(name) ? name : "";
}

Argv behind(Argv tool, const Argv& program) {
    tool.insert(tool.end(), program.begin(), program.end());
    return tool;
}

}  // namespace

void let_python_run(Migrator& migrator, const Argv& inside, const Checkout& checkout) {
    const auto run_by = [&](const std::string& lock, const Argv& tool, Argv prepare) {
        migrator.program = behind(tool, inside);
        migrator.program_sign = lock;
        migrator.prepare = std::move(prepare);
        migrator.prepare_sign = lock;
    };
    // migrate.prepare runs at the top of the work tree.
    if (const auto lock = nearest_file(checkout, migrator, "poetry.lock"); !lock.empty())
        return run_by(lock, {"poetry", "run"}, {"poetry", "--directory=" + directory_of(lock), "install", "--quiet"});
    if (const auto lock = nearest_file(checkout, migrator, "uv.lock"); !lock.empty())
        return run_by(lock, {"uv", "run"}, {"uv", "sync", "--quiet", "--directory=" + directory_of(lock)});
    if (checkout.has("Pipfile.lock")) return run_by("Pipfile.lock", {"pipenv", "run"}, {"pipenv", "sync"});
    const auto requirements = nearest_file(checkout, migrator, "requirements.txt");
    if (requirements.empty()) return;
    migrator.prepare = {"pip", "install", "--quiet", "-r", requirements};
    migrator.prepare_sign = requirements;
}

void let_bundler_install(Migrator& migrator, const Checkout& checkout) {
    const auto lock = nearest_file(checkout, migrator, "Gemfile.lock");
    if (lock.empty()) return;
    migrator.prepare = {"bundle", "install", "--quiet", "--gemfile=" + path_in(directory_of(lock), "Gemfile")};
    migrator.prepare_sign = lock;
    if (!migrator.program.empty()) migrator.program = behind({"bundle", "exec"}, migrator.program);
}

}  // namespace lastgood
