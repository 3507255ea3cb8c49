#pragma once

#include "database/advisory_lock.hpp"
#include "git/repository.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/life.hpp"
#include "step/project.hpp"
#include "step/runbook_file.hpp"
#include "step/world.hpp"

#include <memory>
#include <optional>
#include <string>

namespace lastgood {

/// What the four steps have in common before they differ: the repository, the run they joined, its connections, the
/// environment's lock. main.cpp takes from here what its step may touch.
class Workplace {
  public:
    Workplace(World& world, Join join, const std::string& run = "");

    /// Takes the environment's lock, ends what a killed program of this environment left behind (backends of the
    /// server, children of this machine), and takes down a fence whose driver is gone. A dry run does none of it.
    void enter(std::chrono::milliseconds patience);
    /// After the server was restarted: takes the lock again. Failure (8) if somebody was quicker.
    void take_lock_again();
    /// Pins the revision and claims the environment, if the run is new. A dry run only pins.
    void begin_if_new(const std::string& again = "");

    /// What a new run would be of: that of a hotfix is the last good release's.
    Pinned pin() const;

    /// What is asked before a run begins: Failure (3) if a run of another name or environment is open on this database,
    /// or if ours belongs to another one; binds it if it is not bound yet.
    void require_own_database(const DatabaseIdentity& seen);

    World& world;
    const Pipeline& pipeline;
    Repository repository;
    JoinedRun run;
    Databases databases;
    Fences fences;
    RunbookFile runbook;

    /// Failure (3) outside of the window in which a release may begin; a hotfix may always.
    void require_window(Session& live) const;

    /// The revision of the run: that of its record, or the one just pinned.
    Revision revision() const;
    Project project(const Revision& revision);
    Life life();
    bool dry_run() const { return world.options.dry_run; }

  private:
    void lift_stale_fence();
    void open_after_interrupted_swap();
    std::unique_ptr<AdvisoryLock> m_lock;
    std::optional<Pinned> m_pinned;
};

/// A closed run that is started again has its answer already: exit status 0 for a good one, Failure (3) for one that
/// was rolled back. None: it may begin again (failed clean or abandoned), which only backup-capture and the driver do;
/// the others get Failure (3).
/// `again`: the commit that may run although it was rolled back.
std::optional<int> answer_of_closed_run(const RunState& run, Console& console, bool may_begin_again,
                                        const std::string& again = "");

/// Failure (3) if a rollback of the run has begun to change things: all that is left to do is to finish it.
void refuse_while_returning(const RunState& run);

/// Failure (3) if nothing can be written to the store: a run could not even be begun.
void require_writable(const Store& store);

/// Failure (3) if the environment is bound to another database than `seen`; binds it if it is not bound yet.
void require_binding(EnvironmentLedger& ledger, const DatabaseIdentity& seen, const std::string& environment,
                     bool may_bind);

}  // namespace lastgood
