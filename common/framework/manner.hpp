#pragma once

#include "framework/framework.hpp"

#include <string>
#include <vector>

namespace lastgood {

/// How a migration gets on with those who work beside it, and so under which limits it runs.
enum class Manner {
    schema,      ///< takes locks behind which others queue: a short lock_timeout, and tried again
    backfill,    ///< writes rows only: waits for single rows, behind which nobody queues
    concurrent,  ///< outside of a transaction (CREATE INDEX CONCURRENTLY): waits for old transactions, blocks nobody
};
std::string text_of(Manner manner);

/// By its SQL; where that is not known, by whether it is one transaction.
Manner manner_of(const Described& migration);

Limits limits_of(Manner manner, const MigrateSettings& settings);

/// Migrations that run in one go under the same limits.
struct Stretch {
    Manner manner = Manner::schema;
    std::string last;  ///< runs up to here; "" : to the end
    /// Every one of them is rolled back as a whole if it fails, as far as is known: it can be tried again.
    bool repeatable = true;
};

/// One for all, the strictest, where the framework cannot stop in between.
std::vector<Stretch> stretches_of(const std::vector<Described>& pending, bool stepwise);

}  // namespace lastgood
