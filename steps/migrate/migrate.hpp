#pragma once

#include "core/failure.hpp"
#include "framework/guarded_run.hpp"
#include "framework/hotfix.hpp"
#include "record/restore_points.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/project.hpp"
#include "steps/migrate/decide.hpp"
#include "steps/migrate/rehearsal.hpp"

#include <memory>
#include <string>
#include <vector>

namespace lastgood {

/// migrate. It can read restore points but not write them, run the framework and the deploy, and knows no branch.
class Migrate : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        JoinedRun& run;
        const RestorePoints restore_points;
        const GoodReleases good_releases;
        Project& project;
        Fences& fences;
        Processes& processes;
        const Environment& environment;
        Redaction& redaction;
        Console& console;
        Interruption& interruption;
        std::filesystem::path beside_pipeline;  ///< where a hotfix may lie
        bool only_plan;                         ///< a dry run: the plan is to say all that is known
    };
    explicit Migrate(Ports ports) : m_ports(std::move(ports)) {}

    std::string name() const override { return "migrate"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;
    /// After a failure: production is as it was before the run.
    bool nothing_changed() const { return m_nothing_changed; }

  private:
    bool changed_before() const;
    MigrateFacts observe();
    HotfixFacts observe_hotfix(const RunState& run, Session& live);
    void note_hotfix(const std::string& own_transactions);
    std::optional<Drift> drift(const Manifest& manifest) const;
    Json baseline();
    Json rehearse();
    Json migrate();
    bool deploy_migrates() const;
    Json migrate_by_deploying();
    void judge_failure(Failure& failure);
    void note_window_end();
    bool window_is_open() const;
    std::optional<Milliseconds> predicted() const;
    std::vector<std::string> new_invalid_indexes();

    Ports m_ports;
    std::unique_ptr<Framework> m_framework;
    std::unique_ptr<Hotfix> m_hotfix;
    MigrateFacts m_facts;
    bool m_nothing_changed = false;
};

}  // namespace lastgood
