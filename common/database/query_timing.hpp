#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// How a query ran.
struct QueryTiming {
    double milliseconds = 0;             ///< the median of planning and executing it
    std::vector<std::string> plan = {};  ///< of the last run, a node a line: "  Index Scan using i on orders"
    std::string trouble = {};            ///< the server's words if it could not be run; "": it was
    std::string sqlstate = {};           ///< then
};

/// EXPLAIN ANALYZE in a read only transaction, `runs` times, all of them within `timeout`: the query runs, and changes
/// nothing. Throws DatabaseError only if the connection is lost.
QueryTiming time_query(Session& session, const std::string& query, int runs, std::chrono::milliseconds timeout);

}  // namespace lastgood
