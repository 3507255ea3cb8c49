#pragma once

#include "backup/cluster_engine.hpp"
#include "database/named_point.hpp"
#include "database/sequences_beyond.hpp"
#include "record/run_record.hpp"
#include "step/world.hpp"
#include "steps/rollback/cluster_server.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lastgood {

/// The way back of a whole cluster: its server stopped, its data directory restored, its server started. What was
/// written until the stop stays in the archive of the write-ahead log: nothing is overwritten before all of it is known
/// to be there. How far it came is in the record, so that whoever finds the server stopped knows what may be done:
///
///   ""          nothing of it is under way
///   stopping    nobody can write; the server is told to stop. Interrupted, it is started as it was
///   restoring   all that was written is in the archive, and is being overwritten. Interrupted, it is done again
///   restored    the restored server is up
class ClusterReturn {
  public:
    struct Ports {
        const Pipeline& pipeline;
        const Databases& databases;
        RunRecord& record;
        Console& console;
        Processes& processes;
        Interruption& interruption;
        std::function<void()> take_lock_again;  ///< the server's restart ends every session
    };
    ClusterReturn(Ports ports, std::unique_ptr<ClusterEngine> engine, ClusterPoint point);

    /// `last_look` is asked when nobody but us can write any more; it throws to call it off. Failure (4) while nothing
    /// is changed, (5) or (6) afterwards.
    void perform(const DatabaseIdentity& live, const std::function<void(Session& live)>& last_look);
    /// What a killed program left: the server stopped, or still recovering. Before any lock of the server's can be had.
    void finish_interrupted();
    /// The return has come to its end; a later one of the same run begins anew.
    void forget();

    static bool is_under_way(const RunState& run);
    static bool is_restored(const RunState& run);
    /// How a person does the rest.
    std::string by_hand() const;
    /// How a person comes back to what was live before; "" if nothing was overwritten.
    std::string way_to_the_failed(const RunState& run) const;

  private:
    void note(const std::string& phase);
    void read_note();
    bool is_on_its_old_timeline() const;
    void note_or_start_again(const std::string& phase);
    [[noreturn]] void start_again_as_it_was(const Failure& why);
    void restore_and_start();
    void settle();
    void move_sequences() const;
    const PgBackRestSettings& settings() const { return *m_ports.pipeline.capture.pgbackrest; }

    Ports m_ports;
    std::unique_ptr<ClusterEngine> m_engine;
    ClusterPoint m_point;
    ClusterServer m_server;
    Json m_note = Json::object();  ///< as in the record: the store may be down when it is wanted
};

}  // namespace lastgood
