#pragma once

#include "backup/engine.hpp"
#include "backup/in_place_engine.hpp"
#include "backup/instance_engine.hpp"
#include "core/failure.hpp"
#include "database/losses.hpp"
#include "database/swap.hpp"
#include "record/good_releases.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/project.hpp"
#include "step/runbook_file.hpp"
#include "steps/rollback/branch_return.hpp"
#include "steps/rollback/cluster_return.hpp"
#include "steps/rollback/decide.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lastgood {

/// The note of where the sequences were before the live database was emptied: from then on a restore over it is
/// finished.
constexpr const char* k_restoring_over = "restoring_over";
/// Of the same return: under what name the platform keeps what was live; and that it is back. All three are null again
/// once it has come to its end: a later one of the same run (--to) begins anew.
constexpr const char* k_kept_live = "kept_live";
constexpr const char* k_restored_over = "restored_over";

/// rollback. It can restore, swap, deploy the good revision and return the branch; it drops nothing.
class Rollback : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const RollbackOptions& options;
        Databases& databases;
        JoinedRun& run;
        RestorePoints restore_points;
        GoodReleases good_releases;
        const Repository& repository;
        std::function<Project(const Revision&)> project;
        Fences& fences;
        Processes& processes;
        const Environment& environment;
        Console& console;
        Interruption& interruption;
        std::function<void()> take_lock_again;
        RunbookFile& runbook;
        std::shared_ptr<Heroku> heroku;
        std::shared_ptr<Aws> aws;
        Platform* platform;  ///< null on a plain server
        bool dry_run = false;
    };
    explicit Rollback(Ports ports) : m_ports(std::move(ports)) {}

    std::string name() const override { return "rollback"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;
    /// Whether the data is still to be returned, by a person if this rollback has failed.
    bool leaves_the_data() const;
    /// What plan() found that this return costs, also where it refused; none where nothing is to be returned.
    const std::optional<ReturnCost>& cost() const { return m_cost; }

  private:
    RollbackFacts observe();
    void observe_good_release(RollbackFacts& facts);
    bool returns_data() const;
    void close(bool clean);
    void observe_restore_point(RollbackFacts& facts);
    LossReport losses_in(Session& live) const;
    LossQuestion question() const;
    std::vector<std::string> own_transactions(Session& live) const;
    void open_failed_database();
    std::optional<WayDown> way_down() const;
    std::optional<WayDown> known_way_down() const;
    std::optional<ReturnCost> cost_now(Session& live) const;
    Json go_down();
    Json restore();
    Json deploy();
    Json swap();
    SwapOrder swap_order();
    bool still_bearable(Session& live);
    Failure called_off() const;
    void say_left_behind(const std::string& where) const;
    void put_user_mappings(const MarkedDatabase& standby);
    Json check();
    Failure differs(const std::vector<std::string>& differences) const;
    Json return_branch();
    void renew_good_release();
    EngineContext engine_context();
    std::unique_ptr<DatabaseEngine> engine();
    ClusterReturn cluster_return();
    void observe_cluster(RollbackFacts& facts, Session& live);
    std::string why_not_returnable(const Manifest& manifest, Session& live);
    Json return_cluster();
    void observe_in_place(RollbackFacts& facts);
    void forget_in_place();
    static bool is_restoring_over(const RunState& run);
    std::unique_ptr<InPlaceEngine> in_place_engine();
    Json repoint();
    std::unique_ptr<InstanceEngine> instance_engine();
    void observe_instance(RollbackFacts& facts);
    Json restore_instance();
    Json set_aside();
    void open_to_the_application(const ManagedServer& server, const std::optional<RaisedFence>& fence);
    Json keep_live();
    Json restore_over();
    Json issued_before();
    std::vector<std::string> differences_in_place();

    Ports m_ports;
    RollbackFacts m_facts;
    std::optional<ReturnCost> m_cost;
    std::string m_digest;  ///< of the manifest
    std::unique_ptr<ClientPrograms> m_programs;
    std::optional<Project> m_good_project;
    std::vector<std::string> m_own_transactions;  ///< read once: inside the fence there is no time for a work tree
    std::string m_planned_aside;                  ///< what the swap of this program calls the failed database
    std::string m_aside;                          ///< where it put it
    BranchOutcome m_branch;
};

}  // namespace lastgood
