#pragma once

#include "core/facts.hpp"

#include <string>
#include <vector>

namespace lastgood {

class Session;
class Store;

/// Another name or environment that works on our database: each has an open run and a lock of its own, so that neither
/// would notice that the other migrates, or swaps the database away under it.
struct Neighbour {
    std::string scope;
    std::string open_run;  ///< "" : none, or its store is another one
    std::string database;  ///< a standby or the like of its own; "" if its binding in our store tells of it
    std::string say() const;
};

/// Those whose binding is in our store, and those of other stores that left a marked database on the server.
std::vector<Neighbour> neighbours(Store& store, Session& maintenance, const std::string& scope,
                                  const DatabaseIdentity& seen);
/// Failure (3) if a run of one of them is open.
void require_no_run_of_neighbours(const std::vector<Neighbour>& found);

}  // namespace lastgood
