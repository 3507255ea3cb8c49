#include "steps/rollback/decide.hpp"

#include "core/failure.hpp"
#include "core/quantity.hpp"

namespace lastgood {

namespace {

constexpr const char* k_no_good_release = "no good release is known: the code is left to you";

std::string short_id(const Revision& revision) {
    return revision.commit.substr(0, 12);
}

/// The data is back already; an earlier program was ended before it came to the rest.
bool is_back(const RollbackFacts& facts) {
    return facts.failed || (facts.cluster && facts.cluster->done) || (facts.in_place && facts.in_place->done) ||
           (facts.instance && facts.instance->done);
}

void require_way_back(const RollbackFacts& facts) {
    if (facts.cluster && !facts.cluster->done && !facts.cluster->lost.empty())
        throw Failure(ExitCode::refused, facts.cluster->lost, "nothing",
                      "lastgood backups list   shows what there is; lastgood rollback --to RUN");
    if (facts.failed || facts.standby || facts.manifest) return;
    throw Failure(ExitCode::refused, "there is neither a standby nor a restore point of run " + facts.run.id, "nothing",
                  "lastgood backups list   shows what there is; lastgood rollback --to RUN");
}

/// Without the platform's settings nobody could be told of the other server.
void require_repointing(const RollbackFacts& facts) {
    if (!facts.instance || facts.repoints) return;
    throw Failure(ExitCode::refused,
                  "the restore point comes back as another server, and the application cannot be pointed at it" +
                      std::string(facts.good.commit.empty() ? ": no good release is known" : ""),
                  "nothing by this rollback; the release is live",
                  facts.good.commit.empty()
                      ? facts.instance->by_hand
                      : "leave database.url out, so that the environment's properties say where it is");
}

/// The swap would notice too, but only when everything is restored. What is swapped already needs no right any more.
void require_rights(const RollbackFacts& facts) {
    if (is_back(facts) || facts.in_place || facts.instance) return;
    const char* const changed = "nothing by this rollback; the release is live";
    if (!facts.owns_live)
        throw Failure(ExitCode::refused,
                      "role \"" + facts.role + "\" does not own \"" + facts.live.name + "\", which a rollback renames",
                      changed, "ALTER DATABASE \"" + facts.live.name + "\" OWNER TO \"" + facts.role + "\";");
    if (!facts.may_create_databases && !facts.cluster)
        throw Failure(ExitCode::refused, "role \"" + facts.role + "\" may not rename databases, as a rollback does",
                      changed, "ALTER ROLE \"" + facts.role + "\" CREATEDB;");
}

void require_bearable_loss(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options) {
    const bool unknown_too = options.without_store || !options.to_run.empty();
    const std::uint64_t lost = facts.losses.certain() + (unknown_too ? facts.losses.possible() : 0);
    if (is_back(facts) || options.accept_loss || lost <= pipeline.rollback.max_lost) return;
    Failure failure(ExitCode::person,
                    "a rollback would throw away " + say_count(lost, "row") +
                        " that others wrote since restore point " + facts.restore_point + " (max_lost " +
                        std::to_string(pipeline.rollback.max_lost) + ")",
                    "nothing by this rollback; the release is live",
                    accepting_loss(facts, pipeline, options) + "   returns all the same (the rows stay " +
                        (facts.cluster    ? "in pgBackRest's archive"
                         : facts.in_place ? "in the platform's backup of what is live now"
                                          : "in the failed database") +
                        "); or mend it forward and run lastgood verify");
    throw failure.with_detail(say_losses(facts.losses));
}

Plan nothing_to_return(const RollbackFacts& facts) {
    Plan plan;
    plan.reason = "run " + facts.run.id + " changed nothing: there is nothing to return";
    if (facts.fence_noted) plan.actions.push_back({"lift-fence", "let the writers in again", true});
    plan.actions.push_back({"close-clean", "close the run", false});
    return plan;
}

Plan return_code(const RollbackFacts& facts) {
    Plan plan;
    plan.reason = "nothing was migrated or deployed for run " + facts.run.id + ": the code is returned" +
                  (facts.good.commit.empty() ? "" : " to " + short_id(facts.good)) + ", the database stays as it is";
    if (facts.good.commit.empty()) plan.remarks.push_back(k_no_good_release);
    if (facts.fence_noted) plan.actions.push_back({"lift-fence", "let the writers in again", true});
    if (!facts.run.hotfix) plan.actions.push_back({"branch", "return the branch", true});
    plan.actions.push_back({"close", "close the run as rolled back", false});
    return plan;
}

void plan_deploy(Plan& plan, const RollbackFacts& facts) {
    if (facts.run.hotfix || !facts.deploys || facts.good.commit.empty()) return;
    plan.actions.push_back({"deploy",
                            "deploy the good revision " + short_id(facts.good) +
                                (facts.served.empty() ? "" : ", which was " + facts.served),
                            true});
    if (!facts.redeploy_migrates.empty())
        plan.remarks.push_back("deploying the good revision migrates again, by " + facts.redeploy_migrates +
                               (facts.in_place || facts.data_first ? ": the database is restored by then" : ""));
}

void plan_cluster(Plan& plan, const RollbackFacts& facts) {
    const ClusterWay& cluster = *facts.cluster;
    if (cluster.done) {
        plan.remarks.emplace_back("the cluster is back already");
        return;
    }
    plan.remarks.push_back(facts.restore_took.count() > 0
                               ? "the server is stopped for about as long as the proof took (" +
                                     say_duration(facts.restore_took) + "), less what did not change"
                               : "how long the server will be stopped is not known: nothing was restored to prove it");
    for (const auto& name : cluster.other_databases) plan.remarks.push_back("database \"" + name + "\" goes back too");
    if (cluster.slots > 0)
        plan.remarks.push_back(say_count(cluster.slots, "replication slot") + " will be gone: make them again");
    if (cluster.replicas > 0)
        plan.remarks.push_back(say_count(cluster.replicas, "replica") + " will not follow any more: build them anew");
    plan_deploy(plan, facts);
    plan.actions.push_back({"return-cluster",
                            "stop the server, restore " + facts.restore_point +
                                " over its data directory, and start it; what is live now stays in the archive",
                            true});
}

/// Data before code: the code of the good release never meets the new schema, and where its release phase migrates it
/// finds nothing to do.
void plan_in_place(Plan& plan, const RollbackFacts& facts) {
    const InPlaceWay& way = *facts.in_place;
    if (!facts.fence_stands)
        plan.actions.push_back({"hold", "turn requests away and stop what runs of the application", true});
    if (way.done) {
        plan.remarks.emplace_back("the database is back already");
    } else {
        plan.remarks.push_back(
            facts.restore_took.count() > 0
                ? "the application stands still for about as long as the proof took (" +
                      say_duration(facts.restore_took) + "), and a backup of what is live before it"
                : "how long the application stands still is not known: nothing was restored to prove it");
        if (way.kept.empty())
            plan.actions.push_back({"keep-live", "have the platform back up what is live now", false});
        plan.actions.push_back(
            {"restore-over",
             "restore " + facts.restore_point + " over " + facts.live.name + "; what is live now stays in that backup",
             true, false});
    }
    plan_deploy(plan, facts);
}

void plan_instance(Plan& plan, const RollbackFacts& facts) {
    const InstanceWay& way = *facts.instance;
    if (way.done) {
        plan.remarks.push_back("the database on " + way.server + " is the live one already");
        return;
    }
    plan.remarks.push_back(!way.server.empty() ? "the server that was restored for the proof is kept"
                           : facts.restore_took.count() > 0
                               ? "restoring a server takes about " + say_duration(facts.restore_took) +
                                     ", as when it was proven"
                               : "how long restoring a server takes is not known");
    if (way.server.empty())
        plan.actions.push_back({"restore-instance", "restore " + facts.restore_point + " as a new server", false});
    plan.actions.push_back(
        {"set-aside", "close " + facts.live.name + " at " + facts.live.address + ", which stays as it is", true});
}

void plan_database(Plan& plan, const RollbackFacts& facts, const Pipeline& pipeline) {
    if (facts.instance) return plan_instance(plan, facts);
    if (facts.in_place) return plan_in_place(plan, facts);
    if (facts.cluster) return plan_cluster(plan, facts);
    if (facts.failed) {
        plan.remarks.push_back("the swap is done already: the failed database is " + facts.failed->name);
        if (!facts.repoints && facts.data_first) plan_deploy(plan, facts);
        return;
    }
    plan.remarks.push_back(facts.standby ? "a standby is kept: the swap takes about 0.1 s"
                           : facts.restore_took.count() > 0
                               ? "no standby is kept: restoring takes about " + say_duration(facts.restore_took) +
                                     ", as when it was proven"
                               : "no standby is kept: how long restoring takes is not known");
    if (!facts.standby)
        plan.actions.push_back(
            {"restore", "restore " + facts.restore_point + " into a new database beside " + facts.live.name, false});
    const std::string restored = facts.standby ? "the standby " + facts.standby->name : "the restored database";
    const std::string kept = "; the failed one is kept for " + say_duration(pipeline.rollback.keep_failed);
    if (!facts.repoints && !facts.data_first) plan_deploy(plan, facts);
    plan.actions.push_back({"swap",
                            facts.repoints ? "close " + facts.live.name + " and open " + restored + kept
                                           : "swap " + facts.live.name + " and " + restored + kept,
                            true});
    if (!facts.repoints && facts.data_first) plan_deploy(plan, facts);
}

bool spares_others(const RollbackFacts& facts) {
    const LossReport risk = at_risk(facts.losses, *facts.down);
    return !facts.down->unseen && risk.certain() + risk.possible() == 0;
}

void require_bearable_way_down(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options) {
    if (!facts.down->tried || facts.down->begun || options.accept_loss) return;
    const LossReport risk = at_risk(facts.losses, *facts.down);
    if (risk.certain() + risk.possible() <= pipeline.rollback.max_lost) return;
    Failure failure(ExitCode::person,
                    "going down could destroy " + say_count(risk.certain() + risk.possible(), "row") +
                        " that others wrote since the restore point, and no failed database would keep them",
                    "nothing by this rollback", accepting_loss(facts, pipeline, options) + " --strategy down");
    throw failure.with_detail(say_losses(risk));
}

void plan_down(Plan& plan, const RollbackFacts& facts) {
    const WayDown& down = *facts.down;
    plan.remarks.push_back(!down.proven ? "going down as it was asked for; it is not proven: " + down.why_not
                           : spares_others(facts)
                               ? "going down, as the rehearsal has tried it in " + say_duration(down.took) +
                                     ": it leaves the rows of every table alone that others wrote to"
                               : "going down, as the rehearsal has tried it in " + say_duration(down.took) +
                                     "; what it does to rows that others wrote is not known");
    if (!facts.data_first) plan_deploy(plan, facts);
    plan.actions.push_back({"go-down", "take the migrations back by their own ways down", true});
    if (facts.data_first) plan_deploy(plan, facts);
}

/// Of `auto`.
std::string why_it_restores(const RollbackFacts& facts) {
    if (!facts.down->proven) return "restoring: the way down is not proven: " + facts.down->why_not;
    if (facts.down->unseen) return "restoring: what the way down touches could not be seen";
    if (!spares_others(facts))
        return "restoring: the way down could destroy rows that others wrote in " +
               at_risk(facts.losses, *facts.down).tables.front().table;
    return "restoring: nobody else has written anything since that would be lost";
}

void plan_rest(Plan& plan, const RollbackFacts& facts, const Pipeline& pipeline) {
    const PlannedAction check{"check", "look at what is live now", false};
    if (!pipeline.rollback.before_open.empty()) plan.actions.push_back({"before-open", "run before_open", true});
    // Where everything stands still every row can be compared.
    if (facts.in_place) plan.actions.push_back(check);
    if (facts.fence_noted || facts.in_place) plan.actions.push_back({"lift-fence", "let the writers in again", true});
    if (facts.repoints && !facts.pointed)
        plan.actions.push_back({"repoint",
                                "point the application at the restored database, with the good revision " +
                                    short_id(facts.good) + (facts.served.empty() ? "" : " (" + facts.served + ")") +
                                    ", in one change",
                                true});
    if (!facts.in_place) plan.actions.push_back(check);
    if (!facts.run.hotfix) plan.actions.push_back({"branch", "return the branch", true});
    plan.actions.push_back({"close", "close the run as rolled back", false});
}

}  // namespace

LossReport at_risk(const LossReport& losses, const WayDown& down) {
    LossReport risk = losses;
    std::erase_if(risk.tables, [&](const TableLoss& loss) {
        return std::find(down.touched.begin(), down.touched.end(), loss.table) == down.touched.end();
    });
    return risk;
}

Strategy strategy_of(const Pipeline& pipeline, const RollbackOptions& options) {
    if (options.strategy == "restore") return Strategy::restore;
    if (options.strategy == "down") return Strategy::down;
    return options.strategy == "auto" ? Strategy::automatic : pipeline.rollback.strategy;
}

bool goes_down(const RollbackFacts& facts, Strategy strategy) {
    if (strategy == Strategy::restore || !facts.down || is_back(facts)) return false;
    if (strategy == Strategy::down || facts.down->begun) return true;
    return facts.down->proven && spares_others(facts) && facts.losses.certain() + facts.losses.possible() > 0;
}

std::string accepting_loss(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options) {
    const std::string command = "lastgood rollback --accept-loss";
    if (options.without_store) return command + " --without-store";
    return options.to_run.empty() ? command + " --run-id " + facts.run.id
                                  : command + " --to " + options.to_run + " --confirm " + pipeline.environment;
}

std::optional<std::string> reason_to_leave_alone(const RunState& run) {
    if (run.attempt == 0) return "no run is open";
    if (!run.open()) return "run " + run.id + " is closed (" + text_of(run.outcome) + ")";
    if (!run.at_stake()) return "run " + run.id + " changed nothing";
    if (run.in_doubt) return std::nullopt;
    for (const auto& [name, step] : run.steps) {
        if (step.running) return std::nullopt;
        const int status = step.exit_status.value_or(0);
        if (status == 5 || status == 6 || status == 7 || status > 128) return std::nullopt;
    }
    return "no step of run " + run.id + " failed after changing something (exit 5, 6 or 7)";
}

Returns what_returns(const RunState& run, const RollbackOptions& options) {
    if (!options.to_run.empty() || options.without_store || run.touched()) return Returns::code_and_data;
    return run.judged() ? Returns::code : Returns::nothing;
}

Plan decide(const RollbackFacts& facts, const Pipeline& pipeline, const RollbackOptions& options) {
    const Returns returns = what_returns(facts.run, options);
    if (returns == Returns::nothing) return nothing_to_return(facts);
    if (returns == Returns::code) return return_code(facts);
    const Strategy strategy = strategy_of(pipeline, options);
    Plan plan;
    plan.reason =
        "returning to " + facts.restore_point + (facts.good.commit.empty() ? "" : " and " + short_id(facts.good));
    if (facts.good.commit.empty()) plan.remarks.push_back(k_no_good_release);
    if (goes_down(facts, strategy)) {
        require_bearable_way_down(facts, pipeline, options);
        RollbackFacts same_database = facts;
        same_database.repoints = false;
        plan_down(plan, same_database);
        plan_rest(plan, same_database, pipeline);
        return plan;
    }
    require_way_back(facts);
    require_rights(facts);
    require_repointing(facts);
    require_bearable_loss(facts, pipeline, options);
    if (strategy == Strategy::automatic && facts.down) plan.remarks.push_back(why_it_restores(facts));
    for (const auto& line : say_losses(facts.losses)) plan.remarks.push_back("not carried over: " + line);
    if (facts.manifest)
        for (const auto& name : facts.manifest->subscriptions)
            plan.remarks.push_back("subscription \"" + name +
                                   (facts.cluster ? "\" goes back too, but its publisher sends nothing again"
                                                  : "\" stays with the failed database: create it again by hand"));
    plan_database(plan, facts, pipeline);
    plan_rest(plan, facts, pipeline);
    return plan;
}

}  // namespace lastgood
