#pragma once

#include "core/facts.hpp"
#include "record/event.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace lastgood {

enum class Outcome { none, good, rolled_back, failed_clean, abandoned };
std::string text_of(Outcome outcome);  ///< "good", "rolled-back", ...

/// An action that began and of which nobody wrote the end: the next program observes before it acts.
struct OpenAction {
    std::string step;
    std::string id;
    Json data;
};

struct StepState {
    bool begun = false;
    bool running = false;            ///< begun again and not ended (its program may be dead)
    std::optional<int> exit_status;  ///< of its newest end
};

/// The state of a run: a fold over the events of its newest attempt. It explains; the world decides.
struct RunState {
    std::string id;
    int attempt = 0;  ///< 0: nothing was ever written
    Revision revision;
    std::string branch;
    std::string begun_at;  ///< the server's clock
    std::string last_at;   ///< of the newest event, the writer's clock
    std::string actor;
    bool driven = false;  ///< begun by `lastgood run`
    bool hotfix =
        false;  ///< a script for the database that is live, not a release: its verdict says nothing of the code
    Outcome outcome = Outcome::none;
    std::string why;  ///< of the outcome
    std::map<std::string, StepState> steps;
    std::optional<OpenAction> in_doubt;
    /// Ended actions of this attempt: "<step>/<id>" -> the data of the newest action-ended (what later programs need to
    /// know).
    std::map<std::string, Json> ended;
    /// The first action-begun of each: "<step>/<id>" -> its data (migrate's window begins with its first).
    std::map<std::string, Json> first_begun;
    /// Notes, newest value per name: "fence" (RaisedFence or null), "verdict", "losses", ...
    std::map<std::string, Json> notes;

    bool open() const { return attempt > 0 && outcome == Outcome::none; }
    bool has_ended(const std::string& step_and_action) const { return ended.count(step_and_action) != 0; }
    /// Did migrate or a rollback begin to change the database or the deployment in this attempt?
    bool touched() const;
    /// Has verify begun to judge the release, or failed with 5, 6 or 7? An open run that was judged did not pass.
    bool judged() const;
    /// Would leaving the run as it is leave a release behind that did not pass: a migration, a deployment, or code that
    /// was rejected although nothing was migrated for it?
    bool at_stake() const { return touched() || judged(); }
    /// Has a rollback of it begun to change what is live, so that this is no release any more that could be judged?
    bool return_begun() const;
    /// Has a rollback of it gone so far that only finishing the rollback is left to do?
    bool returning() const;
    /// What a person types to return the branch, where the rollback left that to them; else "".
    std::string branch_left() const;
};

/// The note of what a hotfix was tried with: {script, sha256, rows, objection}.
constexpr const char* k_hotfix_tried = "hotfix_tried";
/// The note that holds a hotfix's own transaction ("first:next", losses.hpp), written right before it is committed.
constexpr const char* k_hotfix_transactions = "hotfix_transactions";

/// Pure. Throws Failure (4) if the numbers have gaps. `place`: where the events were read, for that message.
RunState fold(const std::string& run_id, const std::vector<Event>& events, const std::string& place = "");

}  // namespace lastgood
