#pragma once

#include "check/check.hpp"
#include "database/change_measure.hpp"
#include "framework/migration_watch.hpp"
#include "record/event.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace lastgood {

/// What one migration did in the clone; all of them, where the framework cannot stop in between.
struct RehearsedMigration {
    std::string name;
    std::chrono::milliseconds took{0};
    std::vector<MigrationWatch::HeldLock> locks;
    Change change;
};

/// Whether the migrations can be taken back by their own ways.
struct RehearsedWayDown {
    bool tried = false;
    bool proven = false;  ///< up and down again, schema and digests were those of the restore point
    std::string why_not;  ///< "" where proven
    std::chrono::milliseconds took{0};
    /// Tables whose rows it changes, or that it rewrites or drops: what others wrote into them since does not survive
    /// it for certain. As the clone had them when the way down began.
    std::vector<std::string> touched;
    /// Some of what it did, it did outside of a transaction: what that touched is not known.
    bool unseen = false;
};

/// What a rehearsal showed: part of the record, beside what then happened.
struct RehearsalReport {
    std::string server;     ///< where the clone was
    bool isolated = false;  ///< the migrator reached nothing but the clone
    std::vector<RehearsedMigration> migrations;
    std::vector<CheckResult> checks;
    RehearsedWayDown down;

    std::chrono::milliseconds took() const;
    std::uint64_t wal() const;
};

Json to_json(const RehearsalReport& report);
/// Of the ended action migrate/rehearse, as far as later steps need it: the names, and the way down.
struct RehearsedBefore {
    std::vector<std::string> names;
    RehearsedWayDown down;
};
RehearsedBefore rehearsed_before(const Json& ended);

/// `0042_note: 1.2 s; AccessExclusiveLock on public.orders 310 ms; rewrites public.orders; 400 rows updated ...; 12 MB
/// of WAL`, a line per migration.
std::vector<std::string> say_rehearsal(const RehearsalReport& report);

}  // namespace lastgood
