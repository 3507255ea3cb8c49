#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "record/event.hpp"
#include "record/run_state.hpp"

namespace lastgood {

class Store;
class CrashPoint;

/// The record of one run in a store: <scope>/runs/<run id>/000001-run-begun.json, ... Events are written once and never changed.
class RunRecord {
  public:
    /// `scope` is "<name>/<environment>"; `crash` may be null.
    RunRecord(Store& store, std::string scope, std::string run_id, CrashPoint* crash = nullptr);

    const std::string& run_id() const { return m_run_id; }
    /// Writes the next event. If another program wrote that number first, folds again and throws Failure (8): two programs
    /// at work on one run. While spooling, the event goes to the spool and is written to the store by flush_spool().
    void append(const std::string& type, const std::string& step, Json data = Json::object());
    /// All events, oldest first (spooled ones included).
    std::vector<Event> events() const;
    RunState state() const;

    /// From now on events are kept in `directory` of this machine, not in the store (a fence is up, or the store is down).
    void spool_to(const std::filesystem::path& directory);
    /// Writes what is spooled; StoreError if the store does not take it (the spool is kept).
    void flush_spool();

  private:
    std::string key_prefix() const;
    Store& m_store;
    std::string m_scope;
    std::string m_run_id;
    CrashPoint* m_crash;
    mutable std::vector<Event> m_known;
    std::filesystem::path m_spool;
    std::vector<Event> m_spooled;
};

}  // namespace lastgood
