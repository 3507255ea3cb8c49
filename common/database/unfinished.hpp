#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace lastgood {

class Session;

/// An index or a constraint that a statement left half done.
struct Unfinished {
    std::uint32_t oid = 0;
    std::string what;  ///< "public.i on public.orders"
    std::string mend;  ///< the statement that finishes it
    std::string drop;  ///< an index: the statement that drops it
};

/// Indexes that are not valid, sorted; left by a failed CREATE INDEX CONCURRENTLY. They are not used and slow down
/// writes. Left out are those of tables on which somebody builds an index concurrently at this moment.
std::vector<Unfinished> unfinished_indexes(Session& session);
/// Drops one of them, CONCURRENTLY, by its name as `what` has it. Failure (4) if it is valid by now, or gone.
void drop_unfinished_index(Session& session, const std::string& what);
/// Constraints of tables and domains that were added NOT VALID and never validated, sorted.
std::vector<Unfinished> unfinished_constraints(Session& session);

}  // namespace lastgood
