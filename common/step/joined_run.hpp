#pragma once

#include "core/facts.hpp"
#include "record/environment_ledger.hpp"
#include "record/run_record.hpp"
#include "record/run_state.hpp"

#include <optional>
#include <string>

namespace lastgood {

class Environment;
class Repository;
class World;
struct Pipeline;

/// Who started a program, as the record keeps it.
struct HostIdentity {
    std::string name;  ///< "github"
    int attempt = 1;
    std::string page;  ///< "" : it shows the run on none
};

/// Whose run this program works for.
struct RunIdentity {
    std::string id;
    bool named = false;   ///< by --run-id, LASTGOOD_RUN_ID or the CI host; else joined or made up
    std::string actor;    ///< "alice on runner-7"
    bool driven = false;  ///< started by `lastgood run` of this very run
    HostIdentity host;
};

/// --run-id, LASTGOOD_RUN_ID, github-<GITHUB_RUN_ID>, gitlab-<CI_PIPELINE_ID>, else the environment's open run, else
/// "".
RunIdentity identify_run(const World& world, const std::optional<RunState>& open);
/// A new local id: "local-20261122T150405-1f2e".
std::string make_run_id();

/// What a run is pinned to when it begins.
struct Pinned {
    Revision revision;
    std::string branch;       ///< "" when nothing is to be returned there
    std::string remote_head;  ///< "" when it was not looked at
    std::vector<std::string> remarks;
    bool hotfix = false;
};

/// A hotfix leaves the code as it is: it is pinned to the revision that is `live` (the last good release's), and has no
/// branch. Else looks at the repository of the pipeline file. Failure (3): dirty work tree (only tracked changes
/// count), detached HEAD without git.branch, missing or unreachable remote, unknown revision.
Pinned pin(const Pipeline& pipeline, const Repository& repository, const std::optional<Revision>& live);

/// A run that is open, or was.
class JoinedRun {
  public:
    JoinedRun(EnvironmentLedger ledger, RunRecord record, RunIdentity identity);

    const RunIdentity& identity() const { return m_identity; }
    const std::string& id() const { return m_identity.id; }
    RunRecord& record() { return m_record; }
    EnvironmentLedger& ledger() { return m_ledger; }
    /// Folded again from the record.
    RunState state() const { return m_record.state(); }
    /// Nothing was written for it yet, or its newest attempt is closed and may be begun again.
    bool is_new() const;

    /// Claims the environment and begins the run (or its next attempt). Failure (8) if another run came first.
    /// `again`: a commit that may run although its tree was rolled back.
    void begin(const Pinned& pinned, const std::string& server_time, bool driven, const std::string& again);
    void close(Outcome outcome, const std::string& why);

  private:
    EnvironmentLedger m_ledger;
    RunRecord m_record;
    RunIdentity m_identity;
};

/// What a program wants of the run it joins.
enum class Join {
    open_or_new,  ///< backup-capture and the driver: joins the open run or begins one
    open,         ///< migrate and verify: the open run, or a closed one that has its answer already
    any,          ///< rollback
};

/// Finds the run. Failure (8) with name, age and address when another run is open; Failure (3) when there is none to
/// join. `wanted`: a run that was found otherwise; "" leaves it to identify_run.
JoinedRun join_run(World& world, Join join, const std::string& wanted = "");

/// The id of the restore point of a run's attempt: the same for every program of it.
std::string restore_point_id(const std::string& scope, const RunState& run);

}  // namespace lastgood
