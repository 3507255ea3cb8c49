#include "step/life.hpp"

#include "core/failure.hpp"
#include "core/interrupted_in_doubt.hpp"
#include "core/quantity.hpp"
#include "database/advisory_lock.hpp"
#include "outside/console.hpp"
#include "outside/interruption.hpp"
#include "record/run_record.hpp"
#include "store/store.hpp"

#include <chrono>

namespace lastgood {

namespace {

using SteadyClock = std::chrono::steady_clock;

std::chrono::milliseconds since(SteadyClock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(SteadyClock::now() - start);
}

/// What the record keeps of it.
Json to_json(const Plan& plan) {
    Json actions = Json::array();
    for (const auto& action : plan.actions)
        actions.push_back({{"id", action.id}, {"summary", action.summary}, {"reversible", action.reversible}});
    return {{"reason", plan.reason}, {"actions", actions}, {"remarks", plan.remarks}};
}

Json to_json(const Plan& plan, const std::string& step) {
    Json json = to_json(plan);
    json.update({{"lastgood", k_record_format}, {"type", "plan"}, {"step", step}, {"facts", plan.facts}});
    return json;
}

void say_plan(const Plan& plan, const Step& step, const Life& life) {
    if (life.json && life.dry_run) life.console.answer(to_json(plan, step.name()).dump());
    if (!plan.reason.empty()) life.console.info(plan.reason);
    for (std::size_t i = 0; i < plan.remarks.size(); ++i) {
        life.console.info("  " + plan.remarks[i]);
        const auto details = plan.details.find(i);
        if (!life.dry_run || details == plan.details.end()) continue;
        for (const auto& line : details->second) life.console.info("  " + line);
    }
    for (const auto& action : plan.actions) {
        const std::string line = "will " + action.summary + (action.reversible ? "" : "  (cannot be taken back)");
        life.dry_run ? life.console.info(line) : life.console.debug(line);
    }
}

/// A database error that no step turned into words of its own.
Failure failure_of(const DatabaseError& error, const PlannedAction& action) {
    const ExitCode code = !action.changes           ? ExitCode::failed_clean
                          : error.connection_lost() ? ExitCode::in_doubt
                                                    : ExitCode::failed_changed;
    const char* changed = !action.changes ? "nothing" : error.connection_lost() ? "unknown" : "see lastgood status";
    Failure failure(code, action.id + " failed: " + error.primary(), changed,
                    "lastgood status   shows where the run stands");
    failure.with_detail(error.what());
    return failure;
}

Failure failure_of(const StoreError& error, const PlannedAction& action) {
    Failure failure(action.changes ? ExitCode::in_doubt : ExitCode::failed_clean,
                    "the store failed: " + std::string(error.what()),
                    action.changes ? "unknown; the record may be behind" : "nothing",
                    error.full() ? "free room in the store, then run the same command again"
                                 : "bring the store back, then run the same command again");
    return failure;
}

/// A bug of ours inside an action that changes production: nobody knows how far it came.
Failure failure_of(const std::exception& error, const PlannedAction& action) {
    return {ExitCode::in_doubt, action.id + " was stopped by our bug: " + error.what(), "unknown",
            "lastgood status   shows where the run stands; report this with the output of --log-level debug"};
}

/// What was refused, or failed clean, after an earlier action had changed something: exit 3 and 4 would be lies.
void own_up(Failure& failure) {
    if (failure.code() != ExitCode::refused && failure.code() != ExitCode::failed_clean) return;
    failure.with_code(ExitCode::failed_changed)
        .with_changed("the actions before this one are done; see lastgood status");
}

/// A store that cannot be written must not hide what happened.
void journal_ending(const Life& life, const std::string& type, const Step& step, const Json& data) {
    try {
        life.record->append(type, step.name(), data);
    } catch (const StoreError& error) {
        life.console.warning("the record could not be written: " + std::string(error.what()));
    }
}

void journal_failure(const Life& life, const Step& step, const PlannedAction& action, const Failure& failure) {
    journal_ending(life, "action-failed", step,
                   {{"id", action.id},
                    {"code", status_of(failure.code())},
                    {"what", failure.what_happened()},
                    {"changed", failure.changed()}});
}

void renew_runbook(const Life& life) {
    if (life.renew_runbook && !life.dry_run) life.renew_runbook();
}

/// `begun`: what goes into action-begun besides the action's own data.
void perform(Step& step, const PlannedAction& action, Json begun, const Life& life) {
    life.interruption.check();
    if (action.changes) renew_runbook(life);
    if (action.changes && life.lock != nullptr) life.lock->assert_held();
    begun.update(action.data);
    begun["id"] = action.id;
    begun["summary"] = action.summary;
    life.record->append("action-begun", step.name(), begun);
    const auto start = SteadyClock::now();
    try {
        Json ended = step.act(action);
        ended["id"] = action.id;
        ended["took_ms"] = since(start).count();
        life.record->append("action-ended", step.name(), ended);
        life.console.info(action.summary + ": done in " + say_duration(since(start)));
    } catch (const Failure& failure) {
        journal_failure(life, step, action, failure);
        throw;
    } catch (const Interrupted& interrupted) {
        const bool in_doubt = action.changes && dynamic_cast<const InterruptedInDoubt*>(&interrupted) != nullptr;
        journal_ending(life, "action-failed", step,
                       {{"id", action.id},
                        {"code", in_doubt ? status_of(ExitCode::in_doubt) : interrupted.exit_status()},
                        {"what", "interrupted"}});
        throw;
    } catch (const DatabaseError& error) {
        const Failure failure = failure_of(error, action);
        journal_failure(life, step, action, failure);
        throw failure;
    } catch (const StoreError& error) {
        throw failure_of(error, action);
    } catch (const std::exception& error) {
        if (!action.changes) throw;
        throw failure_of(error, action);
    }
}

void journal_end(const Life& life, const Step& step, int status, Json data = Json::object()) {
    data["exit_status"] = status;
    life.record->append("step-ended", step.name(), data);
    if (!life.json) return;
    data["lastgood"] = k_record_format;
    data["type"] = "step-ended";
    data["step"] = step.name();
    data["run"] = life.record->run_id();
    life.console.answer(data.dump());
}

/// When the work has failed already: a store that cannot be written must not hide why.
void journal_end_of_failure(const Life& life, const Step& step, int status, const std::string& what) {
    if (life.dry_run) return;
    try {
        journal_end(life, step, status, {{"what", what}});
    } catch (const std::exception& error) {
        life.console.warning("the record could not be written: " + std::string(error.what()));
    }
}

}  // namespace

int live(Step& step, Life life) {
    if (!life.dry_run) life.record->append("step-begun", step.name());
    bool changed = false;
    try {
        const Plan plan = step.plan();
        say_plan(plan, step, life);
        if (life.dry_run) return 0;

        // Point of no return.
        for (const auto& action : plan.actions) {
            // The whole plan stands where it begins, so that what was never begun can be told.
            const bool first = &action == &plan.actions.front();
            perform(step, action, first ? Json{{"plan", to_json(plan)}} : Json::object(), life);
            changed = changed || (action.changes && !action.undone_on_failure);
        }

        Json proof = step.prove();
        if (plan.actions.empty()) proof["plan"] = to_json(plan);
        journal_end(life, step, 0, std::move(proof));
        renew_runbook(life);
        return 0;
    } catch (Failure& failure) {
        if (changed) own_up(failure);
        journal_end_of_failure(life, step, status_of(failure.code()), failure.what_happened());
        renew_runbook(life);
        throw;
    } catch (const Interrupted& interrupted) {
        journal_end_of_failure(life, step, interrupted.exit_status(), "interrupted");
        throw;
    } catch (const DatabaseError& error) {
        const Failure failure = failure_of(error, PlannedAction{step.name(), "", changed});
        journal_end_of_failure(life, step, status_of(failure.code()), failure.what_happened());
        throw failure;
    } catch (const StoreError&) {
        throw;  // the record is in the store that failed
    } catch (const std::exception& error) {
        journal_end_of_failure(life, step, status_of(ExitCode::bug), error.what());
        throw;
    }
}

}  // namespace lastgood
