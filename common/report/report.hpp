#pragma once

#include "outside/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

/// What something means for who reads it. A colour is never the only thing that says so.
enum class Tone { plain, good, bad, open };

/// A stretch of time in which something was at work, or was up.
struct Interval {
    enum class Kind { fence, step, action };
    Kind kind = Kind::action;
    std::string step;  ///< "" for a fence
    std::string name;  ///< "migrate", "swap", "closed fence"
    std::string what;  ///< the action's sentence, or what went wrong
    Time begin;
    Time end;            ///< of one that nobody ended: the newest that is known
    bool ended = false;  ///< did somebody write the end?
    Tone tone = Tone::plain;
    std::string outcome;  ///< "", "exit 7", "failed", "interrupted", "not ended"

    std::chrono::milliseconds took() const { return end - begin; }
};

/// The two halves of a pair: a commit, and the database that fits it.
struct ReportedPair {
    std::optional<int> release;  ///< its number; none: no good release
    std::string commit;
    std::string data;  ///< "restore point rp-7f3a", "the live database"
};

/// A restore point, as the record and, while it is there, its manifest tell.
struct ReportedPoint {
    std::string id;
    std::string taken_at;
    std::string engine;
    std::string encryption;
    std::string proof;  ///< "restored beside and compared", "not proven", ...
    std::string standby;
    std::string trouble;  ///< why its manifest tells nothing
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> rows;
    std::optional<std::uint64_t> tables;
    std::optional<std::chrono::milliseconds> age;  ///< when the migration began; of a run that waits, now
};

struct ReportedCheck {
    std::string name;
    std::string place;
    std::string verdict;
    Tone tone = Tone::plain;
    std::string reason;
    std::string asked;
    std::string expected;
    std::string found;
    std::vector<std::string> differences;
    std::chrono::milliseconds took{0};
};

/// What a rehearsal foretold of one migration, and what became of it.
struct ReportedMigration {
    std::string name = {};
    bool applied = false;
    std::optional<std::chrono::milliseconds> predicted = {};
    std::optional<std::chrono::milliseconds> took = {};
    std::optional<std::uint64_t> wal = {};
    std::vector<std::string> effects = {};  ///< "rewrites public.orders", "400 rows updated in public.orders"
};

struct ReportedLock {
    std::string table;
    std::string mode;
    std::optional<std::chrono::milliseconds> predicted;
    std::optional<std::chrono::milliseconds> held;
};

/// One table: what the restore point holds of it, what migrate found, what a rollback left behind.
struct ReportedTable {
    std::string name;
    std::optional<std::uint64_t> captured;
    std::string digest;
    std::optional<std::uint64_t> before;  ///< rows when migrate began
    std::optional<std::uint64_t> newer;   ///< of these, written by others since the restore point
    std::optional<std::uint64_t> lost;    ///< left in the failed database
    std::uint64_t perhaps_lost = 0;
    bool upper_bound = false;
    std::string note;
};

/// What a step said that it would do.
struct ReportedPlan {
    std::string step;
    std::string reason;
    std::vector<std::string> remarks;
    struct Action {
        std::string summary;
        bool reversible = true;
        std::string outcome;  ///< "done in 3.2 s", "failed: ...", "not begun"
        Tone tone = Tone::plain;
    };
    std::vector<Action> actions;
};

/// How fast something of size moved.
struct ReportedRate {
    std::string what;
    std::optional<std::uint64_t> bytes;
    std::optional<std::uint64_t> rows;
    std::chrono::milliseconds took{0};
};

struct ReportedAttempt {
    int number = 0;
    std::string begun_at;
    std::string outcome;
    std::string why;
};

/// What is known of one run: facts for people, as values. Nothing in it is escaped or redacted yet.
struct Report {
    std::string scope;  ///< "shop/production"
    std::string run;
    int attempt = 0;  ///< 0: nothing was ever written
    std::string actor;
    std::string branch;
    std::string commit;
    bool hotfix = false;
    std::string begun_at;
    std::string last_at;
    std::string record;  ///< where its events are
    std::string written_at;
    std::string written_by;  ///< program and version

    Tone tone = Tone::plain;
    std::string verdict;   ///< "Rolled back"
    std::string sentence;  ///< what that means, in one
    std::string next;      ///< the next command, with an explanation behind three spaces
    /// What going back would cost when this was written, a line each; empty where nobody asked for it.
    std::vector<std::string> cost;

    std::vector<Interval> timeline;
    ReportedPair before;
    ReportedPair after;
    std::optional<ReportedPoint> point;
    std::vector<ReportedPlan> plans;
    std::vector<ReportedMigration> migrations;
    std::string way_down;  ///< "" where nothing was said of it
    std::vector<ReportedCheck> rehearsed_checks;
    std::vector<ReportedCheck> checks;
    std::vector<ReportedLock> locks;
    std::optional<std::chrono::milliseconds> longest_queue;
    std::optional<int> tries;
    std::vector<ReportedTable> tables;
    bool keyed_digests = false;
    std::optional<std::chrono::milliseconds> held;  ///< writers kept out, all spans that have ended
    std::optional<std::chrono::milliseconds> gap;   ///< nobody could connect
    std::vector<ReportedRate> rates;
    std::vector<std::string> kept;  ///< "database shop__lg_failed_...": what a rollback kept
    std::vector<ReportedAttempt> earlier;
};

}  // namespace lastgood
