#pragma once

#include "core/facts.hpp"
#include "database/server.hpp"
#include "framework/framework.hpp"
#include "pipeline/pipeline.hpp"
#include "record/restore_points.hpp"
#include "record/run_state.hpp"
#include "step/drift.hpp"
#include "step/pending_migrations.hpp"
#include "step/plan.hpp"
#include "step/rehearsal_report.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// Of a pipeline that runs a script in the place of migrations.
struct HotfixFacts {
    std::string script;  ///< as its action says it
    std::string name;
    std::string sha256;
    std::string tried_sha256 = {};  ///< of what was tried in this run; "": nothing was
    bool committed = false;         ///< by a program that was killed before it could say so
};

/// What migrate saw.
struct MigrateFacts {
    RunState run;
    std::string restore_point;
    std::optional<Manifest> manifest;
    std::optional<Proof> proof;
    std::chrono::milliseconds age{0};  ///< of the restore point, by the server's clock
    DatabaseIdentity database;
    int server_version = 0;
    Migrations migrations;
    std::vector<Pending> pending;  ///< described, where only the plan is wanted
    GuardSeen guard;
    std::vector<Obstacle> obstacles;
    std::optional<HotfixFacts> hotfix;
    std::vector<std::string> invalid_indexes;
    std::optional<Drift> drift;        ///< of the schema that the restore point saw
    std::string deploy_migrates = {};  ///< what makes a deploy of the revision migrate by itself; "": nothing
    std::string outside_window = {};   ///< "" or how far the server's clock is from the window of the pipeline
};

/// Somebody changed the schema, and the pipeline does not allow that: decide() refuses, before it looks at anything
/// else.
bool forbidden_drift(const MigrateFacts& facts, const Pipeline& pipeline);

/// The revision and the pipeline do not agree on who migrates, so that two would or nobody: decide() refuses.
bool has_wrong_migrators(const MigrateFacts& facts, const Pipeline& pipeline);

/// Pure. Failure (3) without a proven, fresh restore point of this run, of this database; or if the migrator would work
/// on another one.
Plan decide(const MigrateFacts& facts, const Pipeline& pipeline);

/// Pure. Failure (3) with every limit of the pipeline that the rehearsal exceeded.
void require_within_limits(const RehearsalReport& report, const RehearseSettings& limits);

}  // namespace lastgood
