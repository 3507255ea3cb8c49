#pragma once

#include "framework/framework.hpp"
#include "framework/migration_watch.hpp"

#include <chrono>
#include <functional>
#include <vector>

namespace lastgood {

/// What a guarded run of a migrator came to.
struct GuardedResult {
    MigrateResult result;
    int tries = 1;  ///< how often a migration was begun, beyond the first time for each stretch: 1 is none again
    std::chrono::milliseconds longest_queue{0};  ///< that anybody waited behind the migrator
    std::vector<MigrationWatch::HeldLock> locks;
};

/// Runs everything pending, stretch by stretch, each under its own limits (manner.hpp), watched by a second connection.
/// What was ended by a lock timeout, a deadlock, or because others queued while it waited itself, and was rolled back
/// as a whole, is tried again after pauses that grow, for settings.retry_for. Throws Failure: 3 if it was refused
/// before anything ran, 4 if nothing was applied and nothing left behind, else 5 with "2 of 3 migrations applied, then
/// ..."; 6 if the outcome is not known.
GuardedResult migrate_guarded(Framework& framework, const FrameworkContext& context);

/// The same for any work of the framework's that is rolled back as a whole when it fails.
GuardedResult run_guarded(Framework& framework, const FrameworkContext& context, const std::function<void()>& work);

/// The same for the way down to `applied`.
GuardedResult go_down_guarded(Framework& framework, const FrameworkContext& context,
                              const std::vector<std::string>& applied);

}  // namespace lastgood
