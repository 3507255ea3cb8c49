#pragma once

#include "record/event.hpp"
#include "record/run_state.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace lastgood {

class Store;
class CrashPoint;

/// The record of one run in a store: <scope>/runs/<run id>/000001.json, ... Events are written once and never changed.
/// The type stands inside, not in the key: of two programs that write the seventh event, one must fail, whatever they
/// write.
class RunRecord {
  public:
    /// `scope` is "<name>/<environment>"; `crash` may be null.
    RunRecord(Store& store, std::string scope, std::string run_id, CrashPoint* crash = nullptr);

    const std::string& run_id() const { return m_run_id; }
    /// Writes the event after the newest that this object knows of. If another program wrote that number first, throws
    /// Failure (8): two programs at work on one run. Who lets another program write meanwhile (the driver its steps)
    /// calls state() before the next append. While spooling, the event goes to the spool; flush_spool() writes it to
    /// the store.
    void append(const std::string& type, const std::string& step, Json data = Json::object());
    /// All events, oldest first (spooled ones included).
    std::vector<Event> events() const;
    /// Where they are: "file:/var/lib/lastgood/shop/production/runs/github-1/".
    std::string place() const;
    RunState state() const;

    /// From now on events are kept below `directory` of this machine, and nothing asks the store (a fence is up, or the
    /// store is down). What a killed program of this run left there comes first; what the record went on without is set
    /// aside.
    void spool_to(const std::filesystem::path& directory);
    /// Writes what is spooled and ends the spooling; StoreError if the store does not take it (the rest stays spooled).
    void flush_spool();

  private:
    void load() const;
    int next_number() const;
    void write(const Event& event);
    bool spooling() const { return !m_spool.empty(); }
    Store& m_store;
    std::string m_scope;
    std::string m_run_id;
    CrashPoint* m_crash;
    mutable bool m_loaded = false;
    mutable bool m_unsure = false;       ///< the store failed when it got an event, and may have kept it
    mutable std::vector<Event> m_known;  ///< of the store, as far as it was read
    std::filesystem::path m_spool;       ///< empty: not spooling
    std::vector<Event> m_spooled;
};

}  // namespace lastgood
