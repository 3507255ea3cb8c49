#pragma once

#include "database/session.hpp"

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace lastgood {

class Console;
class Processes;
struct MigrateSettings;

/// Where a framework works: a clean work tree of the pinned revision and the database.
struct FrameworkContext {
    std::filesystem::path directory;  ///< <work tree>/<migrate.directory>
    std::string place;                ///< what messages call it: the work tree is gone when they are read
    const MigrateSettings& settings;
    const ConnectionUrl& url;
    /// What a foreign migrator's environment gets: PGOPTIONS and PGAPPNAME with the guard's settings, and the variable
    /// that the pipeline's URL came from, rewritten if its own options would void PGOPTIONS.
    std::map<std::string, std::string> environment;
    std::string application_name;
    std::string leftover_mark;
    Processes& processes;
    Console& console;
    Interruption& interruption;
};

struct Migrations {
    std::vector<std::string> applied;  ///< names, sorted; the heads of a restore point
    std::vector<std::string> pending;  ///< names, in the order in which they would run
};

/// What the guard's settings look like through the migrator's own connection.
struct GuardSeen {
    bool known = false;        ///< false: it cannot be had here ("unguarded" in the record)
    std::string lock_timeout;  ///< as SHOW prints it
    std::string application_name;
    std::string database;            ///< current_database()
    std::uint32_t database_oid = 0;  ///< 0 where it cannot be read
    std::string system_identifier;   ///< "" where it cannot be read
};

/// What a migrator did.
struct MigrateResult {
    std::vector<std::string> done;  ///< names, in order
    std::vector<std::string>
        own_transactions;  ///< "first:next" pairs (see losses.hpp); empty where the framework cannot say
};

/// Who migrates. Reading functions change nothing in the database (a missing ledger is "nothing applied").
class Framework {
  public:
    virtual ~Framework() = default;
    virtual std::string name() const = 0;
    /// From now on a question (migrations(), guard_seen()) fails when it takes longer.
    virtual void answer_within(std::chrono::milliseconds limit) = 0;
    /// Failure (3) if the directory holds no such project or an applied migration was edited since (names it).
    virtual Migrations migrations() = 0;
    virtual GuardSeen guard_seen() = 0;
    /// Runs everything pending. On failure throws Failure: 4 if nothing was applied and nothing left behind, else 5
    /// with "2 of 3 migrations applied, then ..."; 6 if a commit's outcome is not known.
    virtual MigrateResult migrate() = 0;
    /// "first:next" pairs noted in `live` (the database as it is now) for migrations not in `before`; for the loss
    /// report after a crash.
    virtual std::vector<std::string> own_transactions(Session& live, const std::vector<std::string>& before) = 0;
};

/// One row per framework: its name, the table of its own in which it notes what it applied, and how it is made.
struct FrameworkRow {
    std::string name;
    std::string ledger;
    std::function<std::unique_ptr<Framework>(const FrameworkContext&)> make;
};
const std::vector<FrameworkRow>& frameworks();
/// Failure (2) with the nearest known name.
std::unique_ptr<Framework> make_framework(const std::string& name, const FrameworkContext& context);

}  // namespace lastgood
