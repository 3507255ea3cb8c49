#pragma once

#include "database/session.hpp"
#include "framework/guard.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

struct FrameworkContext;
struct MigrateSettings;

struct Migrations {
    std::vector<std::string> applied;  ///< names, sorted; the heads of a restore point
    std::vector<std::string> pending;  ///< names, in the order in which they would run
    bool pending_known = true;  ///< false: nobody can say what is pending (framework `command` without migrate.pending)
};

/// What is known of a pending migration before it runs.
struct Described {
    std::string name;
    std::optional<std::string> sql;       ///< none: it cannot be shown (code)
    std::optional<bool> one_transaction;  ///< rolled back as a whole when it fails; none: not known
    bool way_down = false;                ///< it says how it is taken back; whether that works the rehearsal tells
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

struct MigrateOrder {
    Migrations before;  ///< as migrations() said a moment ago
    Limits limits;
    std::string upto;  ///< the last migration to run; "" : all. Only where the framework is stepwise.
};

/// What a migrator did.
struct MigrateResult {
    std::vector<std::string> done;  ///< names, in order
    std::vector<std::string>
        own_transactions;  ///< "first:next" pairs (see losses.hpp); empty where the framework cannot say
    std::map<std::string, std::chrono::milliseconds> took;  ///< of those whose time is known
    std::optional<Migrations> after;                        ///< where it had to be asked anyway
};

/// Who migrates. Reading functions change nothing in the database (a missing ledger is "nothing applied").
class Framework {
  public:
    virtual ~Framework() = default;
    virtual std::string name() const = 0;
    /// From now on a question (migrations(), guard_seen(), ...) fails when it takes longer.
    virtual void answer_within(std::chrono::milliseconds limit) = 0;
    /// Failure (3) if the directory holds no such project or an applied migration was edited since (names it).
    virtual Migrations migrations() = 0;
    /// Of pending migrations, in their order.
    virtual std::vector<Described> describe(const std::vector<std::string>& pending) = 0;
    /// What of the application's models no migration describes yet, as sentences; none: it cannot tell.
    virtual std::optional<std::vector<std::string>> model_changes() { return std::nullopt; }
    virtual GuardSeen guard_seen() = 0;
    /// Can it stop after a migration that is named?
    virtual bool stepwise() const = 0;
    /// Runs what is pending. Failure (3) if it is refused before anything runs; MigrationError once it began.
    virtual MigrateResult migrate(const MigrateOrder& order) = 0;
    /// Takes back what is applied and not in `applied`, newest first. Failure (3) before anything runs if one of them
    /// has no way down; MigrationError once it began.
    virtual void go_down(const std::vector<std::string>& applied, const Limits& limits) = 0;
    /// "first:next" pairs noted in `live` (the database as it is now) for migrations not in `before`; for the loss
    /// report after a crash.
    virtual std::vector<std::string> own_transactions(Session& /*live*/, const std::vector<std::string>& /*before*/) {
        return {};
    }
};

/// One row per framework: its name, the tables of its own in which it notes what it applied ("django_migrations" in
/// whatever schema, "sqitch.*" all of a schema), and how it is made.
struct FrameworkRow {
    std::string name;
    std::vector<std::string> ledgers;
    std::function<std::unique_ptr<Framework>(const FrameworkContext&)> make;
};
const std::vector<FrameworkRow>& frameworks();
/// Is this ("public.django_migrations") such a table?
bool is_ledger(const std::string& qualified_table);
/// Failure (2) with the nearest known name.
std::unique_ptr<Framework> make_framework(const std::string& name, const FrameworkContext& context);

}  // namespace lastgood
