#pragma once

#include "database/beside.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/runbook_file.hpp"
#include "step/world.hpp"
#include "steps/rollback/options.hpp"

#include <optional>
#include <string>

namespace lastgood {

/// rollback --undo: the failed database goes live again, the returned one aside. The code is left to a person, but
/// where the application is pointed back at its database: then it is that of the release.
class Undo : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const RollbackOptions& options;
        Databases& databases;
        JoinedRun& run;
        const Repository& repository;
        Platform* platform;  ///< null on a plain server
        Console& console;
        Interruption& interruption;
        RunbookFile& runbook;
    };
    explicit Undo(const Ports& ports) : m_ports(ports) {}

    std::string name() const override { return "rollback"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;

  private:
    void require_newest_run() const;
    bool repoints() const;
    void repoint();
    void note_undone();

    Ports m_ports;
    std::string m_returned;  ///< what the swap calls the database that goes aside
    MarkedDatabase m_failed;
    DatabaseIdentity m_live;
    bool m_swapped = false;  ///< by an earlier undo, which was ended before it came to the rest
};

/// The newest database that a rollback of this environment swapped out.
std::optional<MarkedDatabase> newest_failed(Session& session, const std::string& scope);
/// What an undo put aside although the application is still pointed at it; none on a plain server.
std::optional<MarkedDatabase> half_undone(Session& session, const Pipeline& pipeline, Platform* platform);

}  // namespace lastgood
