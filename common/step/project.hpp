#pragma once

#include "core/exit_code.hpp"
#include "framework/context.hpp"
#include "framework/framework.hpp"
#include "git/repository.hpp"
#include "outside/files.hpp"
#include "step/world.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <string>

namespace lastgood {

/// A revision as it is to be run: its tree in a clean directory of its own, with what the pipeline carries over
/// (ignored paths like a virtual environment) and prepared. Nothing that lies about in the user's checkout gets in.
class Project {
  public:
    Project(const Pipeline& pipeline, const Repository& repository, Revision revision, const Databases& databases,
            Platform* platform, Processes& processes, Console& console, const Environment& environment,
            Interruption& interruption);

    const Revision& revision() const { return m_revision; }
    /// Made, carried and prepared on first use. Failure (3) for submodules, LFS, a missing path to carry; Failure (4)
    /// if prepare fails.
    const std::filesystem::path& work_tree();
    /// Is there anything in the pipeline that works in it? SQL files alone are read out of the repository.
    bool needs_work_tree() const;
    /// Where the pipeline's framework works: in this work tree, if it is needed or there already; on the live database,
    /// its connections guarded and named
    /// `<run>/migrate`.
    FrameworkContext framework_context(int server_version);
    /// The framework there.
    std::unique_ptr<Framework> framework(int server_version);
    /// What commands of the pipeline see: LASTGOOD_REVISION, LASTGOOD_RUN_ID, LASTGOOD_ENVIRONMENT.
    std::map<std::string, std::string> command_environment() const;
    /// Runs the pipeline's deploy with this revision, or lets the platform do it; what is served then, by the name that
    /// the platform gives it ("" where that is nobody's business). Failure (5) if it fails, and what a platform says.
    std::string deploy();
    /// The same for a revision that was served before, by the name that it had then.
    std::string return_to(const std::string& served);
    /// What makes a deploy of this revision migrate by itself; "" if nothing does, as far as one can see.
    std::string migrates_on_deploy();
    /// Runs rollback.before_open, if the pipeline has it. Failure (5).
    void before_open();

  private:
    bool deploys_by_platform() const;
    std::shared_ptr<const std::map<std::string, std::string>> sql_files();
    Elsewhere elsewhere() const;
    void carry();
    void prepare();
    void run(const Argv& argv, Milliseconds timeout, const std::string& what, ExitCode code, const std::string& mark);

    const Pipeline& m_pipeline;
    const Repository& m_repository;
    Revision m_revision;
    const Databases& m_databases;
    Platform* m_platform;
    Processes& m_processes;
    Console& m_console;
    const Environment& m_environment;
    Interruption& m_interruption;
    std::unique_ptr<TemporaryDirectory> m_directory;
    std::filesystem::path m_work_tree;
    std::shared_ptr<const std::map<std::string, std::string>> m_sql_files;
};

}  // namespace lastgood
