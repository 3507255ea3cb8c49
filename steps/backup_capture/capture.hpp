#pragma once

#include "backup/cluster_engine.hpp"
#include "backup/engine.hpp"
#include "backup/instance_engine.hpp"
#include "backup/restore_beside.hpp"
#include "database/exported_snapshot.hpp"
#include "record/good_releases.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/plan.hpp"
#include "step/project.hpp"
#include "step/world.hpp"
#include "steps/backup_capture/decide.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace lastgood {

class Console;

/// backup-capture. It can read the database, create and drop copies that carry our mark, and write restore points; it
/// cannot push, and it knows no good release but to read it.
class Capture : public Step {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        JoinedRun& run;
        RestorePoints restore_points;
        GoodReleases good_releases;
        Project& project;
        Fences& fences;
        Processes& processes;
        const Environment& environment;
        Console& console;
        std::shared_ptr<Heroku> heroku;
        std::shared_ptr<Aws> aws;
    };
    explicit Capture(Ports ports);

    std::string name() const override { return "backup-capture"; }
    Plan plan() override;
    Json act(const PlannedAction& action) override;
    Json prove() override;

  private:
    CaptureFacts observe();
    std::vector<std::string> left_on_prove_server(const DatabaseIdentity& live,
                                                  const std::vector<MarkedDatabase>& beside) const;
    Json capture();
    void discard();
    Json prove_by_restoring(const Manifest& manifest);
    Json prove_by_listing(const Manifest& manifest);
    Json prove_cluster(const Manifest& manifest);
    Json prove_instance(const Manifest& manifest);
    Manifest describe(Session& snapshot);
    /// Into the manifest too.
    Expected capture_contents(Engine& engine, Manifest& manifest, ExportedSnapshot& snapshot, PointWriter& target,
                              const std::optional<ConnectionUrl>& mirror);
    /// Nobody here can read what is written: it is proven while it is at hand.
    bool proves_in_passing() const;
    RestoreResult prove_in_passing(const Manifest& manifest,
                                   const std::function<Expected(const std::optional<ConnectionUrl>& mirror)>& capture);
    CopyOrder copy_of(const Manifest& manifest, const std::string& digest) const;
    void write_proof(const Manifest& manifest, const RestoreResult& result);
    DatabaseProperties properties_before_fence(Session& session) const;
    std::unique_ptr<Engine> engine(const std::string& name);
    std::unique_ptr<ClusterEngine> cluster_engine(const std::string& name);
    EngineContext engine_context();
    std::string begun_earlier(const std::string& position) const;
    void note_begun(const std::string& name, const std::string& position);

    Ports m_ports;
    std::string m_id;
    std::unique_ptr<ClientPrograms> m_programs;
};

}  // namespace lastgood
