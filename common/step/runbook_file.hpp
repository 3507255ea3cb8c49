#pragma once

#include "runbook/runbook.hpp"
#include "step/joined_run.hpp"
#include "step/world.hpp"

#include <string>

namespace lastgood {

class Store;

/// Where the paper runbook of a run is in its store: beside its record.
std::string runbook_key(const std::string& scope, const std::string& run);
/// How a person gets it: the path of a file, or the command that fetches it; "" if there is none.
std::string runbook_place(const Store& store, const Pipeline& pipeline, const Environment& environment,
                          const std::string& run);

/// The paper runbook of a run, written anew whenever it would say something else. Also to the file that
/// LASTGOOD_RUNBOOK names.
class RunbookFile {
  public:
    RunbookFile(World& world, const Pipeline& pipeline, const Databases& databases, JoinedRun& run)
        : m_world(world), m_pipeline(pipeline), m_databases(databases), m_run(run) {}

    /// What the database that a swap is about to put aside will be called, so that a runbook names it beforehand.
    void name_failed(const std::string& name) { m_failed = name; }
    void name_returned(const std::string& name) { m_returned = name; }

    /// It never holds anything up: what goes wrong is a warning.
    void renew();
    /// Where it is, and its commands that return the data: for whoever has just seen a rollback fail.
    std::string say_return();

  private:
    void write();
    void write_copy(const std::string& text) const;

    World& m_world;
    const Pipeline& m_pipeline;
    const Databases& m_databases;
    JoinedRun& m_run;
    std::string m_failed;
    std::string m_returned;
    std::string m_written;
};

}  // namespace lastgood
