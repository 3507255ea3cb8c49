#include "report/next_command.hpp"

#include "core/exit_code.hpp"

namespace lastgood {

namespace {

bool ended_with(const RunState& run, const char* step, ExitCode code) {
    const auto found = run.steps.find(step);
    return found != run.steps.end() && !found->second.running && found->second.exit_status == status_of(code);
}

/// What a person has to decide (9) goes before every command that would only ask them again; "" if there is nothing.
std::string to_decide(const RunState& run) {
    if (ended_with(run, "rollback", ExitCode::person))
        return "lastgood rollback --accept-loss --run-id " + run.id +
               "   returns all the same (the rows stay in the failed database); lastgood rollback --dry-run   says "
               "what "
               "would be lost";
    if (ended_with(run, "verify", ExitCode::person) && !run.in_doubt && !run.returning())
        return "lastgood verify --run-id " + run.id + "   asks again; or decide: lastgood rollback --run-id " + run.id;
    return "";
}

}  // namespace

std::string next_of(const RunState& run) {
    if (!run.open()) {
        const std::string command = run.notes.count("undone") == 0 ? run.branch_left() : "";
        return command.empty() ? "nothing to do" : command + "   returns the branch, unless that is done";
    }
    if (auto decision = to_decide(run); !decision.empty()) return decision;
    if (run.returning()) return "lastgood rollback --run-id " + run.id + "   finishes the rollback that has begun";
    if (run.in_doubt)
        return run.at_stake() ? "lastgood rollback --run-id " + run.id + "   or go on: lastgood run --run-id " + run.id
                              : "lastgood run --run-id " + run.id;
    if (ended_with(run, "migrate", ExitCode::done))
        return "lastgood verify --run-id " + run.id + "   or lastgood rollback --run-id " + run.id;
    if (run.touched())
        return "lastgood rollback --run-id " + run.id + "   or mend it and: lastgood migrate --run-id " + run.id;
    return ended_with(run, "backup-capture", ExitCode::done) ? "lastgood migrate --run-id " + run.id
                                                             : "lastgood backup-capture --run-id " + run.id;
}

}  // namespace lastgood
