#include "report/verdict.hpp"

#include "core/exit_code.hpp"

#include <array>

namespace lastgood {

namespace {

constexpr std::array k_chain{"backup-capture", "migrate", "verify", "rollback"};

const StepState* step_of(const RunState& run, const char* name) {
    const auto found = run.steps.find(name);
    return found == run.steps.end() ? nullptr : &found->second;
}

std::string short_commit(const RunState& run) {
    return run.revision.commit.substr(0, 12);
}

/// Of an open run: is production as it was?
std::string say_production(const RunState& run) {
    return run.touched() ? "Production was changed by it." : "Production is as it was.";
}

std::string say_returned(const RunState& run) {
    const std::string left = run.branch_left().empty() ? "" : " The branch is left to you.";
    return (run.touched() ? "The last good pair is live again." : "The database was never touched.") + left;
}

RunVerdict verdict_of_failed(const RunState& run, const char* name, int status) {
    const std::string step = name;
    if (status > 128)
        return {Tone::open, "Interrupted in " + step, "A signal ended " + step + ". " + say_production(run)};
    if (status == status_of(ExitCode::person))
        return {Tone::open, "A person must decide",
                step == "verify" ? "The checks of verify could not tell. " + say_production(run)
                                 : "The rollback would lose more than it may."};
    if (status == status_of(ExitCode::verify_no))
        return {Tone::bad, "Verify says no", "The release is live and did not pass its checks."};
    return {Tone::bad, "Failed at " + step,
            step + " ended with exit " + std::to_string(status) + ". " + say_production(run)};
}

RunVerdict verdict_of_waiting(const RunState& run) {
    const StepState* captured = step_of(run, "backup-capture");
    if (captured == nullptr)
        return {Tone::open, "Begun", "The run holds the environment; no step of it has begun. " + say_production(run)};
    const StepState* migrated = step_of(run, "migrate");
    if (migrated == nullptr)
        return {Tone::open, "Waiting for migrate", "The restore point is taken. " + say_production(run)};
    return {Tone::open, "Waiting for verify", "The migration ended well; the release is live and not judged yet."};
}

RunVerdict verdict_of_open(const RunState& run) {
    for (const char* name : k_chain)
        if (const StepState* step = step_of(run, name); step != nullptr && step->running)
            return {Tone::open, "At work: " + std::string(name),
                    "A program of " + std::string(name) +
                        " began and has not ended: it is at work, or it was killed. " + say_production(run)};
    if (run.returning())
        return {Tone::bad, "Rollback not finished", "A rollback has begun to change what is live, and did not end."};
    if (run.in_doubt)
        return {Tone::bad, "In doubt",
                run.in_doubt->step + "/" + run.in_doubt->id + " began, and nobody knows how far it came."};
    for (auto name = k_chain.rbegin(); name != k_chain.rend(); ++name)
        if (const StepState* step = step_of(run, *name); step != nullptr && step->exit_status.value_or(0) != 0)
            return verdict_of_failed(run, *name, *step->exit_status);
    return verdict_of_waiting(run);
}

}  // namespace

Tone tone_of(const RunState& run) {
    if (run.notes.count("undone") != 0) return Tone::open;
    switch (run.outcome) {
        case Outcome::good:
            return Tone::good;
        case Outcome::rolled_back:
            return Tone::bad;
        case Outcome::failed_clean:
        case Outcome::abandoned:
            return Tone::plain;
        case Outcome::none:
            break;
    }
    return run.attempt == 0 ? Tone::plain : verdict_of_open(run).tone;
}

RunVerdict verdict_of(const RunState& run, const std::optional<int>& release) {
    const Tone tone = tone_of(run);
    if (run.attempt == 0) return {tone, "Nothing recorded", "Nothing was ever written of this run."};
    const std::string why = run.why.empty() ? "" : " (" + run.why + ")";
    switch (run.outcome) {
        case Outcome::good:
            return {tone, "Good",
                    short_commit(run) + " passed its checks" +
                        (release ? " and is good release " + std::to_string(*release) : "") + "."};
        case Outcome::rolled_back:
            if (run.notes.count("undone") != 0)
                return {tone, "Rollback undone",
                        short_commit(run) + " was rolled back" + why + ", and that was swapped back since."};
            return {tone, "Rolled back", short_commit(run) + " did not stay" + why + ". " + say_returned(run)};
        case Outcome::failed_clean:
            return {tone, "Failed, nothing was changed", "Production is as it was" + why + "."};
        case Outcome::abandoned:
            return {tone, "Abandoned", "Somebody took the environment over" + why + ". " + say_production(run)};
        case Outcome::none:
            break;
    }
    return verdict_of_open(run);
}

}  // namespace lastgood
