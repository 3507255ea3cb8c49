#pragma once

#include "core/facts.hpp"
#include "record/run_state.hpp"

#include <optional>
#include <string>
#include <vector>

namespace lastgood {

class Store;

/// One line of the ledger: <scope>/openings/000012.json. A run (or a new attempt of it) claimed the environment.
/// Created exclusively: of two runs started at the same instant one gets the number, the other folds again and is
/// refused.
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
    /// The run that owns the environment: that of the newest opening, unless it is closed. One that was killed between
    /// its opening and its run-begun counts as open, with what the opening says.
    std::optional<RunState> open_run() const;
    /// Claims the environment under opening.number (0: the next); false if another opening has that number.
    bool open(const Opening& opening);
    /// The newest closed run (as that attempt ended; no hotfix) of a revision with this tree, none if it never ran. One
    /// that ended good or rolled back goes before newer ones that only failed clean or were abandoned: those say
    /// nothing about the tree.
    std::optional<RunState> newest_of_tree(const std::string& tree) const;

    /// The environment is bound to the database that it first saw: <scope>/binding/000001.json, newest last.
    std::optional<DatabaseIdentity> bound_database() const;
    void bind_database(const DatabaseIdentity& identity);

  private:
    Store& m_store;
    std::string m_scope;
};

}  // namespace lastgood
