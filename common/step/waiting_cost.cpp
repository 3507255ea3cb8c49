#include "step/waiting_cost.hpp"

#include "backup/cluster_engine.hpp"
#include "backup/in_place_engine.hpp"
#include "backup/instance_engine.hpp"
#include "core/failure.hpp"
#include "database/losses.hpp"
#include "database/server.hpp"
#include "framework/framework.hpp"
#include "step/fences.hpp"
#include "step/joined_run.hpp"
#include "step/world.hpp"

namespace lastgood {

namespace {

std::optional<LossReport> losses_since(Session& live, const Manifest& manifest) {
    LossQuestion question;
    question.snapshot = manifest.snapshot;
    question.then = manifest.contents.tables;
    try {
        live.execute("set statement_timeout = '5s'");
        LossReport losses = count_losses(live, question);
        std::erase_if(losses.tables, [](const TableLoss& loss) { return is_ledger(loss.table); });
        return losses;
    } catch (const DatabaseError& error) {
        if (error.connection_lost()) throw;
        return std::nullopt;
    }
}

ReturnWay way_of(const Manifest& manifest, const std::optional<Proof>& proof) {
    if (is_cluster_engine(manifest.engine)) return ReturnWay::cluster;
    if (is_in_place_engine(manifest.engine)) return ReturnWay::in_place;
    if (is_instance_engine(manifest.engine)) return ReturnWay::instance;
    return proof && proof->where == "beside" && !proof->standby.empty() ? ReturnWay::standby : ReturnWay::restore;
}

}  // namespace

std::optional<ReturnCost> waiting_cost(World& world, const Databases& databases, const RunState& run) {
    const Pipeline& pipeline = world.pipeline();
    const auto captured = run.steps.find("backup-capture");
    if (!run.open() || run.touched() || captured == run.steps.end() || captured->second.exit_status != 0)
        return std::nullopt;
    const RestorePoints points = world.restore_points();
    const auto manifest = points.manifest(restore_point_id(pipeline.scope(), run));
    if (!manifest) return std::nullopt;
    const auto proof = points.proof(manifest->id);
    Session live = databases.live("cost");
    ReturnCost cost;
    cost.restore_point = manifest->id;
    cost.age = server_time(live) - parse_time(manifest->taken_at);
    cost.way = way_of(*manifest, proof);
    cost.losses = losses_since(live, *manifest);
    cost.down.possible = pipeline.has_step("migrate") && !run.hotfix;
    cost.down.why_not = "nothing is rehearsed yet";
    if (const auto fence = Fences::noted(run); fence && fence->kind != "read_only")
        cost.kept_out_since = Fences::noted_since(run);
    const bool repoints = pipeline.beanstalk && pipeline.database.located && pipeline.deploy_settings().run.empty();
    estimate_times(cost, {run, *manifest, proof, repoints, measured_returns(world.store(), pipeline.scope(), points)});
    return cost;
}

std::optional<ReturnCost> told_cost(World& world, const RunState& run) {
    try {
        return waiting_cost(world, Databases(world.located_pipeline(), run.id, world.interruption), run);
    } catch (const Failure& failure) {
        world.console.warning("what going back would cost cannot be told: " + failure.what_happened());
    } catch (const DatabaseError& error) {
        world.console.warning("what going back would cost cannot be told: " + error.primary());
    }
    return std::nullopt;
}

}  // namespace lastgood
