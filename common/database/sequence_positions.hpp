#pragma once

#include <string>
#include <vector>

namespace lastgood {

class Session;

/// A sequence and a column that takes its values from it: an identity or serial column, a default of nextval(), or one
/// that owns the sequence.
struct SequencePosition {
    std::string sequence;    ///< "public.orders_id_seq"
    std::string column;      ///< "public.orders.id"
    std::string next;        ///< the number that it issues next
    std::string furthest;    ///< the column's largest number, its smallest where the sequence descends; "": no rows
    bool behind = false;     ///< that number lies at `next` or beyond: it will be issued again
    std::string mend;        ///< the statement that moves the sequence beyond it
    std::string not_judged;  ///< why nothing can be said ("it cycles"), then only the names are filled in
    std::string unreadable;  ///< why this role cannot say, likewise
};

/// All of people's schemas, by sequence and column. Each column is read: an index on it makes that cheap.
std::vector<SequencePosition> sequence_positions(Session& session);

}  // namespace lastgood
