#include "core/failure.hpp"
#include "core/screen.hpp"
#include "core/version.hpp"
#include "database/beside.hpp"
#include "database/fence.hpp"
#include "outside/clock.hpp"
#include "outside/terminal.hpp"
#include "record/environment_ledger.hpp"
#include "record/good_releases.hpp"
#include "report/history.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/runbook_file.hpp"
#include "step/waiting_cost.hpp"
#include "steps/lastgood/commands.hpp"
#include "steps/lastgood/run_report.hpp"

namespace lastgood {

namespace {

std::string returned(const std::string& live, const std::string& point, const std::string& failed) {
    return live + " is back at " + point + "; what was live before is " + failed;
}

/// The record explains, the world decides: what of it can be seen in the database now.
std::vector<std::string> look_at(Session& session, const Databases& databases, const RunState& run) {
    std::vector<std::string> seen;
    const std::string live = databases.live_name();
    const auto open = session.query("select oid, datallowconn from pg_catalog.pg_database where datname = $1", {live});
    if (open.empty()) return {"there is no database \"" + live + "\""};
    if (open[0][1] != "t") seen.push_back(live + " accepts no connections");
    const std::string point = restore_point_id(databases.scope(), run);
    for (const auto& database : marked_databases(session, databases.scope())) {
        if (database.mark.kind != "failed" || database.mark.restore_point != point) continue;
        if (std::to_string(database.mark.successor) != open[0][0]) continue;
        seen.push_back(returned(live, point, database.name));
        if (run.open())
            seen.push_back("this record does not know of that yet: lastgood rollback --run-id " + run.id +
                           "   completes it");
    }
    return seen;
}

std::vector<std::string> look_at_world(World& world, const RunState& run) {
    std::vector<std::string> seen;
    try {
        const Databases databases(world.located_pipeline(), run.id, world.interruption);
        Session session = databases.maintenance("status");
        seen = look_at(session, databases, run);
        if (const auto fence = Fences::noted(run); fence && fence->kind == Fences::k_traffic)
            seen.push_back("the application is held since " + Fences::noted_since(run));
        else if (fence)
            seen.push_back("the " + fence->kind + " fence of this run is " +
                           (fence_is_up(session, *fence) ? "up" : "down already: writers are in"));
    } catch (const Failure& failure) {
        seen.push_back("the database cannot be asked: " + failure.what_happened());
    } catch (const DatabaseError& error) {
        seen.push_back("the database cannot be asked: " + error.primary());
    }
    return seen;
}

Json to_json(const Console& console, const RunState& run, const std::vector<std::string>& seen) {
    Json steps = Json::object();
    for (const auto& [name, step] : run.steps) {
        steps[name] = {{"running", step.running}};
        if (step.exit_status) steps[name]["exit_status"] = *step.exit_status;
    }
    Json json{{"lastgood", k_record_format},
              {"type", "run"},
              {"run", run.id},
              {"attempt", run.attempt},
              {"revision", run.revision.commit},
              {"begun_at", run.begun_at},
              {"actor", run.actor},
              {"outcome", text_of(run.outcome)},
              {"why", run.why},
              {"steps", steps},
              {"touched", run.touched()},
              {"seen", seen},
              {"next", console.completed(next_of(run))}};
    if (run.in_doubt) json["in_doubt"] = run.in_doubt->step + "/" + run.in_doubt->id;
    return json;
}

/// What is to be done comes last, where one looks first.
void say(Console& console, const RunState& run, const std::vector<std::string>& seen,
         const std::optional<GoodRelease>& good, const std::optional<ReturnCost>& cost, const std::string& runbook) {
    std::vector<std::string> lines{"run " + run.id + " (attempt " + std::to_string(run.attempt) + ") of " +
                                   run.revision.commit.substr(0, 12) + ", begun " + run.begun_at + " by " + run.actor};
    for (const auto& line : say_steps(run)) lines.push_back("  " + line);
    if (run.in_doubt) lines.push_back("  in doubt: " + run.in_doubt->step + "/" + run.in_doubt->id);
    for (const auto& line : seen) lines.push_back("  seen: " + line);
    if (cost)
        for (const auto& line : say_cost_in_short(*cost)) lines.push_back("  cost: " + line);
    if (run.notes.count("undone") != 0) lines.push_back("  undone: the rollback was swapped back");
    lines.push_back(run.open() ? "  open" : "  closed: " + text_of(run.outcome) + ", " + run.why);
    if (good)
        lines.push_back("  last good: release " + std::to_string(good->number) + ", " +
                        good->revision.commit.substr(0, 12) + ", " + good->at);
    if (!runbook.empty()) lines.push_back("  runbook, for a night without lastgood: " + runbook);
    lines.push_back("  next: " + console.completed(next_of(run)));
    const auto size = size_of_output();
    // The prompt wants the terminal's last row.
    if (size) lines = one_screen(lines, size->columns, size->rows - 1);
    for (const auto& line : lines) console.answer(line);
}

}  // namespace

int show_status(World& world) {
    const std::string scope = world.pipeline().scope();
    const EnvironmentLedger ledger(world.store(), scope);
    std::optional<RunState> run = ledger.open_run();
    if (!world.options.run_id.empty()) {
        run = RunRecord(world.store(), scope, world.options.run_id).state();
        if (run->attempt == 0) run.reset();
    } else if (!run) {
        if (const auto newest = ledger.newest()) run = RunRecord(world.store(), scope, newest->run).state();
    }
    if (!run) {
        world.options.json
            ? world.console.answer(Json{{"lastgood", k_record_format}, {"type", "run"}, {"run", nullptr}}.dump())
            : world.console.answer("no run of " + scope +
                                   " yet; next: " + world.console.completed("lastgood check, then lastgood run"));
        return 0;
    }
    auto seen = look_at_world(world, *run);
    for (auto& line : seen) line = world.console.completed(line);
    const auto cost = told_cost(world, *run);
    const std::string runbook = runbook_place(world.store(), world.pipeline(), world.environment, run->id);
    if (!world.options.json) {
        say(world.console, *run, seen, GoodReleases(world.store(), scope).newest(), cost, runbook);
        return 0;
    }
    Json json = to_json(world.console, *run, seen);
    json["runbook"] = runbook;
    if (cost) json["cost"] = to_json(*cost);
    world.console.answer(json.dump());
    return 0;
}

int show_history(World& world, const HistoryOptions& options) {
    const std::string scope = world.pipeline().scope();
    if (!options.html.empty()) {
        write_page(options.html, history_html(read_history(world.store(), scope, "lastgood " + std::string(k_version)),
                                              world.redaction));
        world.console.info("wrote " + options.html);
        return 0;
    }
    for (const auto& opening : EnvironmentLedger(world.store(), scope).openings()) {
        const RunState run = RunRecord(world.store(), scope, opening.run).state();
        const bool newest_attempt = run.attempt == opening.attempt;
        const std::string outcome = !newest_attempt ? "superseded by attempt " + std::to_string(run.attempt)
                                    : run.open()    ? "open"
                                                    : text_of(run.outcome);
        if (world.options.json)
            world.console.answer(Json{{"lastgood", k_record_format},
                                      {"type", "opening"},
                                      {"number", opening.number},
                                      {"run", opening.run},
                                      {"attempt", opening.attempt},
                                      {"revision", opening.revision.commit},
                                      {"at", opening.at},
                                      {"actor", opening.host},
                                      {"outcome", outcome},
                                      {"why", newest_attempt ? run.why : ""}}
                                     .dump());
        else
            world.console.answer(opening.at + "  " + opening.run + "  " + opening.revision.commit.substr(0, 12) + "  " +
                                 outcome + (newest_attempt && !run.why.empty() ? "  " + run.why : ""));
    }
    return 0;
}

}  // namespace lastgood
