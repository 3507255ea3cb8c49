#pragma once

#include "backup/cluster_engine.hpp"
#include "database/named_point.hpp"
#include "database/sequences_beyond.hpp"
#include "record/run_record.hpp"
#include "step/world.hpp"

#include <functional>
#include <memory>
#include <string>

namespace lastgood {

/// The way back of a whole cluster: its server stopped, its data directory restored, its server started. What was
/// written until the stop stays in the archive of the write-ahead log: nothing is overwritten before it is known to be
/// there.
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
    /// What a killed program left: the server stopped, or still recovering. Does nothing where it is up.
    void finish_interrupted();

    /// Whether the record's return has reached its end: the server is on another timeline than before.
    static bool is_done(const RunState& run, Session& live);
    /// How a person does the rest.
    std::string by_hand() const;
    /// How a person comes back to what was live before the return; "" if none has begun.
    std::string way_to_the_failed(const RunState& run) const;

  private:
    void note(const NamedPoint& failed, const IssuedNumbers& issued);
    IssuedNumbers noted_numbers() const;
    void run_command(const Argv& argv, const std::string& what, const char* changed) const;
    void stop();
    void start_again_as_it_was(const Failure& why);
    void restore_and_start();
    void wait_until_ready() const;
    void move_sequences() const;
    enum class Server { stopped, recovering, up };
    Server look() const;

    Ports m_ports;
    std::unique_ptr<ClusterEngine> m_engine;
    ClusterPoint m_point;
};

}  // namespace lastgood
