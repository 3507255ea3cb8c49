#pragma once

#include "core/facts.hpp"
#include "database/beside.hpp"
#include "pipeline/pipeline.hpp"
#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "step/plan.hpp"
#include "step/return_cost.hpp"
#include "steps/rollback/options.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// Of a restore point that is a whole cluster.
struct ClusterWay {
    bool done = false;                         ///< the cluster is back already
    std::string lost;                          ///< "" or why it cannot come back any more
    std::vector<std::string> other_databases;  ///< go back too
    long slots = 0;                            ///< replication slots, which a restore does not bring back
    long replicas = 0;                         ///< at work now, to be built anew
    std::string by_hand;                       ///< what a person types if this rollback fails
};

/// Of a restore point that its platform brings back over the live database.
struct InPlaceWay {
    bool done = false;    ///< the database is back already
    std::string kept;     ///< what was live, as the platform kept it; "": not yet
    std::string by_hand;  ///< what a person types if this rollback fails
};

/// Of a restore point that comes back as another server.
struct InstanceWay {
    std::string server;   ///< that it was restored as; "": not yet
    bool done = false;    ///< the application's database is the one on it already
    std::string by_hand;  ///< what a person types if this rollback fails
};

/// Of the migrations' own ways down.
struct WayDown {
    bool begun = false;                 ///< an earlier program of this rollback took it
    bool proven = false;                ///< the rehearsal tried it, and the migration ended as it did there
    std::string why_not;                ///< "" or why it is not proven
    std::chrono::milliseconds took{0};  ///< in the rehearsal; 0: not known
    bool tried = false;                 ///< in the rehearsal, so that the next two are known
    std::vector<std::string> touched;   ///< tables whose rows it does not leave alone
    bool unseen = false;                ///< what else it touches is not known
};

/// What rollback saw.
struct RollbackFacts {
    RunState run;
    std::string restore_point;
    std::optional<Manifest> manifest;  ///< none: --without-store, or it is gone
    DatabaseIdentity live;
    std::string role;        ///< ours
    bool owns_live = false;  ///< and may rename it
    bool may_create_databases = false;
    std::optional<MarkedDatabase> standby;  ///< sealed, of this restore point
    std::optional<MarkedDatabase> failed;   ///< of this run: the swap is done already
    std::optional<ClusterWay> cluster;
    std::optional<InPlaceWay> in_place;
    std::optional<InstanceWay> instance;
    bool repoints = false;          ///< the application is told of the restored database, which keeps its own name
    bool pointed = false;           ///< it is told already
    bool data_first = false;        ///< the good code could not be deployed on the data of the bad
    std::string served;             ///< what served the good release, by its platform's name for it
    std::string redeploy_migrates;  ///< what in the good revision migrates again when it is deployed
    std::optional<WayDown> down;    ///< where the strategy may be to go down
    Revision good;                  ///< to return to; empty if no good release is known
    LossReport losses;
    std::chrono::milliseconds restore_took{0};  ///< when it was proven; 0: not known
    bool fence_noted = false;
    bool fence_stands = false;  ///< asked where the platform restores over the live database
    bool deploys = false;
};

/// What a rollback of this run has to return. Only code: it was judged and did not pass, but nothing was migrated or
/// deployed for it, so that the database is the good one as it stands and nothing that others wrote can be lost.
enum class Returns { nothing, code, code_and_data };
Returns what_returns(const RunState& run, const RollbackOptions& options);

/// Of the pipeline, or as it was asked for.
Strategy strategy_of(const Pipeline& pipeline, const RollbackOptions& options);
/// Down, by the migrations' own ways, and not by the restore point?
bool goes_down(const RollbackFacts& facts, Strategy strategy);

/// Pure. Failure (9) if it would lose more than allowed, Failure (3) if there is nothing to return to.
Plan decide(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options);

/// --if-failed: why there is nothing to do for CI; none: act.
std::optional<std::string> reason_to_leave_alone(const RunState& run);

/// The command that makes this very rollback although something is lost.
std::string accepting_loss(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options);

/// Of what others wrote since, what the way down does not leave alone.
LossReport at_risk(const LossReport& losses, const WayDown& down);

}  // namespace lastgood
