#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/facts.hpp"
#include "record/run_state.hpp"

namespace lastgood {

class Store;

/// One line of the ledger: <scope>/openings/000012.json. A run (or a new attempt of it) claimed the environment. Created exclusively:
/// of two runs started at the same instant one gets the number, the other folds again and is refused.
struct Opening {
    int number = 0;
    std::string run;
    int attempt = 1;
    Revision revision;
    std::string host;  ///< of the program that opened it: machine, user, CI job
    std::string at;
};

class EnvironmentLedger {
  public:
    EnvironmentLedger(Store& store, std::string scope);
    std::vector<Opening> openings() const;  ///< oldest first
    std::optional<Opening> newest() const;
    /// The run that owns the environment: the newest opening whose run is not closed (an opening whose run has no event yet
    /// for that attempt counts as open).
    std::optional<RunState> open_run() const;
    /// Claims the environment; false if another opening came first.
    bool open(const Opening& opening);
    /// The newest closed run in which a revision with this tree ended, none if it never ran.
    std::optional<RunState> newest_of_tree(const std::string& tree) const;

    /// The environment is bound to the database that it first saw: <scope>/binding/000001.json, newest last.
    std::optional<DatabaseIdentity> bound_database() const;
    void bind_database(const DatabaseIdentity& identity);

  private:
    Store& m_store;
    std::string m_scope;
};

}  // namespace lastgood
