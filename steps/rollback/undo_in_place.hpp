#pragma once

#include "backup/in_place_engine.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/world.hpp"
#include "steps/rollback/options.hpp"

#include <memory>
#include <string>

namespace lastgood {

/// rollback --undo where the platform restored over the live database: what the rollback had it keep comes back the
/// same way. The code is left to a person.
class UndoInPlace : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const RollbackOptions& options;
        const Databases& databases;
        JoinedRun& run;
        Fences& fences;
        Console& console;
        std::unique_ptr<InPlaceEngine> engine;
    };
    explicit UndoInPlace(Ports ports) : m_ports(std::move(ports)) {}

    /// Did a rollback of this run restore over the live database, so that there is something to undo?
    static bool is_possible(const RunState& run);

    std::string name() const override { return "rollback"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;

  private:
    Ports m_ports;
    std::string m_kept;
};

}  // namespace lastgood
